"""Experiments on the loss: their dialogs, their panel, their curve, the titles of their panes."""

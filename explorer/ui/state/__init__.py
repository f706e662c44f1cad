"""Shared state of the window: open runs, panes, background tasks, questions to models."""

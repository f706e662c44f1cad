"""Experiments on the loss: several trainings that differ in one setting, and what they show."""

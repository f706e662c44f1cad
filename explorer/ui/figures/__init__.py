"""Figures of a run with their definitions."""

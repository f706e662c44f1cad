"""Widgets and helpers for all parts of the window."""

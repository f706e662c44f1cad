"""Widgets and helpers that any part of the window uses."""

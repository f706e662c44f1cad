"""Themes: colours, style sheet and icons."""

"""Overlays and marks, drawn under and over the points."""

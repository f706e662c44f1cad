"""Overlays of the plane: one catalogue, one file per overlay."""

"""Blends of pinned samples: weighted means of their codes, and weights from a point in a polygon."""

"""Overlays that decode points of the plane: decodes, their classes, and the distance from the data manifold."""

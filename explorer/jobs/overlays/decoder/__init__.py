"""Overlays of what the decoder makes of the plane: decodes, their classes, and how far from the manifold they lie."""

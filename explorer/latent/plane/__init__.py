"""Geometry of the plane: projection, boxes, lattices, paths, parts of overlays."""

"""The geometry of the plane: projections, boxes, lattices, paths and parts of overlays."""

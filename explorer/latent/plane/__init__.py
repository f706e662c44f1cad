"""The geometry of the plane: projections, boxes, lattices and parts of overlays."""

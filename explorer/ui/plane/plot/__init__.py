"""The plot of a plane: its axes, its camera, and the base class of items drawn over the points."""

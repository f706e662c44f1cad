"""The plot that a plane is drawn on: its axes, its camera, and the base of what lies over the points."""

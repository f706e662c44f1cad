"""What the path panel shows over t: film strips, slider, and plots, on one axis."""

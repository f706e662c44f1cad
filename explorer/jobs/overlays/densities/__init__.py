"""Overlays of where codes lie and how densely: the prior, posteriors, Gaussians, contours, drift."""

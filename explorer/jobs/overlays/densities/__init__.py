"""Overlays of distributions of codes: the prior, posteriors, Gaussians, contours and drift."""

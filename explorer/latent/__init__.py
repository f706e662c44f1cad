"""Latent spaces: codes, densities, bounds, the geometry of the plane, and figures."""

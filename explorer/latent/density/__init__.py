"""Densities: kernel estimates, mixtures of Gaussians, integrals on a refined grid, importance sampling."""

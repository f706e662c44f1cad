"""Densities: kernel estimates, mixtures, integration on a refined grid, importance sampling."""

"""Paths through latent space: curves through codes, geodesics, and what is measured along them."""

"""The window Information: entropy, cross-entropy and KL of a few outcomes and of Gaussians."""

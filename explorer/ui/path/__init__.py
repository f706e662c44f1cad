"""The path between two points of latent space: film strip, slider and playing."""

"""The latent plane: points, what lies over them, and the hand on them."""

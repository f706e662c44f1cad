"""The latent code as sliders and bars."""

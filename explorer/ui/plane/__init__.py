"""The latent plane: plot, points, overlays, input and panes."""

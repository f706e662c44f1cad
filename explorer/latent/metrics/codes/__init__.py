"""Where the codes are in latent space: classes, extent, holes, posteriors, and their distance from the prior."""

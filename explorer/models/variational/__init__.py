"""Variational families (VAE, conditional, mixture and VampPrior VAE, IWAE) and their objective."""

"""Commands on the latent space: encode, decode and sample; paths, traversals, blends and vectors; planes."""

"""Deterministic autoencoders: shallow, dense, convolutional, residual, denoising, masked, sparse, and the WAE-MMD."""

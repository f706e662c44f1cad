"""Deterministic autoencoders: dense, one hidden layer, convolutional, residual, denoising, masked, sparse and WAE-MMD."""

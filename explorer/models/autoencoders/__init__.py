"""Autoencoders: dense, convolutional, residual, denoising, masked and sparse."""

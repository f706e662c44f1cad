"""Autoencoders without a prior."""

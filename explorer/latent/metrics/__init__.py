"""Figures of a trained model. Each module below declares the figures of one computation, and computes them."""

"""Figures of a trained model: each file below declares the figures of one piece of work and computes them."""

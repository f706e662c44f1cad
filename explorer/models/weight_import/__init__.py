"""Weights from a file of the user's."""

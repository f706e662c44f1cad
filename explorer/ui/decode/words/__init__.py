"""Nearest words and analogies."""

"""Searches for samples, and groups of samples with their means."""

"""Codes of samples: embedding, neighbours, the nearest real sample."""

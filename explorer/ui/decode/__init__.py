"""Decodes: the decode panel with its sections, and the panel of random draws."""

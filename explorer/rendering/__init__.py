"""Drawings of samples and decodes: one renderer per kind of data, and the colours that window and files share."""

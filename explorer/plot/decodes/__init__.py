"""Figures of samples and decodes: sheets, and those of paths, traversals, blends, vectors and own input."""

"""Likelihoods p(x|z) of pixels, numbers, counts, categories and angles, and the layers that make them of decodes."""

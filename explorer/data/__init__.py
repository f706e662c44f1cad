"""Data sets: what a model is trained on, from wherever it comes."""

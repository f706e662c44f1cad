"""The evaluation of a model: the catalog of figures, their values, words about them, and comparisons."""

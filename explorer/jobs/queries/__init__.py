"""Questions that the window asks a model, each with the type of its answer."""

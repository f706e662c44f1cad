"""Questions to a model, one file each beside its answer."""

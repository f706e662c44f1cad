"""A live model from the user's script or notebook, opened as a run."""

"""A live model of the user's, from a script or notebook, as a run."""

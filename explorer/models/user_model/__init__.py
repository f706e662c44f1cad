"""Wraps a live model of the user, given as functions or modules, as a `LatentModel`."""

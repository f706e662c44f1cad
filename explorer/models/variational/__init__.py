"""Variational families and their objective."""

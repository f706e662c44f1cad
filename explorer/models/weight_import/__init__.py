"""Imports weights that another program has saved."""

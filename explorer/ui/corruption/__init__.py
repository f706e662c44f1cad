"""Corrupt a sample by hand and see what the model restores."""

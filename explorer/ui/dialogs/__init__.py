"""Dialogs: about, import of weights, keys, log."""

"""Counterfactuals: the nearest code at which the class of the decode changes."""

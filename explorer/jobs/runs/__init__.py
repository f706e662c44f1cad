"""Runs as wholes: train, open, evaluate, compare, summarize."""

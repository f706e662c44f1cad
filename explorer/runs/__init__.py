"""Run directories: one training each, on disk."""

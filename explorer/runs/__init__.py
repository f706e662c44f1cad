"""Runs on disk: one directory per training, with config, checkpoints, curves, codes and replay."""

"""Overlays of the samples: class names, words and pictures at their points, and hulls around classes."""

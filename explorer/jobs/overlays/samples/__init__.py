"""Overlays of the samples themselves: names, words and pictures at their points, and hulls around classes."""

"""The path between two places: its film strip, its slider, and what plays it."""

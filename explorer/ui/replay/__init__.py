"""The scrubber: a bar that replays trainings."""

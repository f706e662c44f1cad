"""The scrubber in the status line that replays trainings."""

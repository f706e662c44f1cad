"""What the window does in the background: it opens runs, loads data, trains, replays, measures and diagnoses."""

"""The comparison of the runs in view: its table, and the line that says what differs."""

"""Menu entries, shortcuts and their groups."""

"""Data sets with a name: shipped, drawn, or downloaded once."""

"""The panel that shows the decode, and what it asks."""

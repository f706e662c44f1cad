"""Actions of the window: menu entries, shortcuts and their groups."""

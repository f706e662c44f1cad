"""A pane: a plane with its header and lines, and the area that holds all panes."""

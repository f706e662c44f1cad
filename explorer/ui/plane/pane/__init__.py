"""Panes: a plane with header and lines, and the area that contains all panes."""

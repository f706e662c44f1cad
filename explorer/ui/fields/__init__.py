"""Editors of config fields, and their arrangement in two columns."""

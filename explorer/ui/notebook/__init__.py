"""The window beside a notebook or a script."""

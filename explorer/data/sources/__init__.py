"""Data from the user's files, one file per format."""

"""Samples and decodes as drawings: one renderer for each kind of data, and the colours that window and files share."""

"""Documents and words, and lines of text read in blocks."""

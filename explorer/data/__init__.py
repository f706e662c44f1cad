"""Data sets: the built-in ones, and those read from files and folders."""

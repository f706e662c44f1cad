"""Reads tables of every format as Arrow tables, and their columns as values."""

"""Reads data that a program holds in memory: arrays, tables, tensors, and the data sets of other libraries."""

"""Figures of the decoder: the differences between decodes and samples, and the change of decodes with z."""

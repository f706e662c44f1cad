"""Codes: embedding, neighbours, paths, projections and figures."""

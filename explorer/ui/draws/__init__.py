"""Samples: decodes of random codes by each run in view, with the nearest real samples."""

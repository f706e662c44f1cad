"""Samples: what each run in view decodes random codes to, with the nearest real samples."""

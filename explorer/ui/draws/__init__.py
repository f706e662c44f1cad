"""Sheets of random draws: what each run in view decodes random codes to, beside the nearest real samples."""

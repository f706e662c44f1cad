"""Widgets that draw one sample or decode of any kind."""

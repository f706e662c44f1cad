"""Widgets of the path panel that share the axis of t: film strips, slider, and plots."""

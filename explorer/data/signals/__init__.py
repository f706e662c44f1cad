"""Time series and recordings as arrays."""

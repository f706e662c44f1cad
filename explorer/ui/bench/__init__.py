"""The corruption bench: a sample, what corruption makes of it, what each model gives back, and the difference."""

"""The user's own input: drawn, pasted, opened or typed, fitted to the data of each run in view, and encoded."""

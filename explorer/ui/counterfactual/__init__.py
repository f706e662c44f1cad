"""The dialog that finds the nearest code with another predicted class."""

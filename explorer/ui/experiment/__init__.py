"""The experiment panel: the form with data, model and settings of a new run, and the bar that trains it."""

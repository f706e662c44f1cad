"""The experiment panel: data, model and settings of the next run, the training of this one, and the list of runs."""

"""The networks of a model, drawn: of the form and of the run that the decode column is about."""

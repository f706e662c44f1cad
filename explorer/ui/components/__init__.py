"""Components of linear models and their explained variance."""

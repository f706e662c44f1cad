"""Input of the user, such as a drawing, a picture, a row or a text, fitted to the samples of a data set."""

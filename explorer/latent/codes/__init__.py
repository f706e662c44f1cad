"""Codes of samples: encoding a data set, nearest neighbours, draws from the prior, word vectors."""

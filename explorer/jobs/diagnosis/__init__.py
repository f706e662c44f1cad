"""Detect problems of a training and suggest what to try; one file per problem."""

"""From what a reader found to a data set: roles, missing values, shape, scale, and the report on all of it."""

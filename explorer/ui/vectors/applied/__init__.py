"""A vector applied to a code: the strip of decodes with its slider, and a − b + c."""

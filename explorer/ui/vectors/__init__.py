"""The tab Vectors: the difference of two groups' mean codes, applied to a sample, and a − b + c."""

"""The forward pass of a sample: x to mean and log-variance, z, and p(x|z)."""

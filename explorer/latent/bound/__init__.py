"""The true posterior and the bound of log p(x) for one sample."""

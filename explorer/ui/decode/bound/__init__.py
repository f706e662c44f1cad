"""log p(x) = ELBO + gap, as bars."""

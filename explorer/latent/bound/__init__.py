"""One sample's log p(x): the true posterior p(z|x), the ELBO and the gap between them."""

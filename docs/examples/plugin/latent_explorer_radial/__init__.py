"""A family of models and a data set for Latent Explorer."""

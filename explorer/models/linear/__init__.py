"""Linear families: PCA, truncated SVD, the linear autoencoder, LSI and skip-gram."""

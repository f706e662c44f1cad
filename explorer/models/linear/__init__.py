"""Linear families: PCA, SVD, linear autoencoder, LSI, skip-gram."""

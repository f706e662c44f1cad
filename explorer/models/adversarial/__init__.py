"""Families with a discriminator: GAN and adversarial autoencoder."""

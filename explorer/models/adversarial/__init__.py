"""Families with an adversary: GAN and adversarial autoencoder."""

"""Model families; importing this package fills the catalogue with the built-in ones."""

from explorer.models import autoencoder, vae

__all__ = ["autoencoder", "vae"]

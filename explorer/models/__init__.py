"""Model families. Importing this package registers the built-in ones in the catalogue."""

from explorer.models.adversarial import adversarial_autoencoder, gan
from explorer.models.autoencoders import (
    autoencoder,
    convolutional_autoencoder,
    denoising,
    residual_autoencoder,
    shallow_autoencoder,
    sparse_autoencoder,
    wae_mmd,
)
from explorer.models.linear import linear_autoencoder, linear_projection, lsi, skip_gram
from explorer.models.variational import conditional_vae, iwae, mixture_vae, vae, vamp_vae

__all__ = [
    "adversarial_autoencoder",
    "autoencoder",
    "conditional_vae",
    "convolutional_autoencoder",
    "denoising",
    "gan",
    "iwae",
    "linear_autoencoder",
    "linear_projection",
    "lsi",
    "mixture_vae",
    "residual_autoencoder",
    "shallow_autoencoder",
    "skip_gram",
    "sparse_autoencoder",
    "vae",
    "vamp_vae",
    "wae_mmd",
]

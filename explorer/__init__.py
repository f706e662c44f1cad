"""Latent Explorer: train autoencoders and VAEs, see their latent plane, decode under the hand."""

from explorer.version import __version__

__all__ = ["__version__"]

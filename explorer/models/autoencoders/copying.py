"""Warns of autoencoders that can copy: a code at least as wide as the input, without corruption or sparsity."""

from explorer.config import RunConfig
from explorer.data.dataset import Description


def copy_warning(config: RunConfig, description: Description) -> tuple[str, ...]:
    """Return a warning if a code has at least as many numbers as a sample and the training uses no corruption.

    Such an autoencoder can reach a reconstruction error of 0 by learning the identity, and then learns nothing about
    the data (Vincent et al. 2010, section 3.1).
    """
    # A copy of a corrupted sample has a loss, as the decode is compared with the clean one.
    if config.model.latent_dim < description.features or is_corrupted(config):
        return ()
    return (
        f"It can copy its input: a code has {config.model.latent_dim} numbers and a sample of {description.name} "
        f"{description.features}. Use corruption, sparsity or a narrower code.",
    )


def is_corrupted(config: RunConfig) -> bool:
    """Return whether the encoder sees corrupted samples."""
    return config.train.corruption != "none" and config.train.corruption_level > 0

"""When an autoencoder can copy: a code as wide as its input, and nothing that stops it from passing all of it on."""

from explorer.config import RunConfig
from explorer.data.dataset import Description


def copy_warning(config: RunConfig, description: Description) -> tuple[str, ...]:
    """Warn of a code with at least as many numbers as a sample has, trained without corruption.

    Such an autoencoder reaches no reconstruction error with the identity, and learns nothing of the data unless noise
    or sparsity stands in its way (Vincent et al. 2010, section 3.1).
    """
    if config.model.latent_dim < description.features or is_corrupted(config):
        return ()
    return (
        f"It can copy its input: its code has {config.model.latent_dim} numbers, a sample of {description.name} has "
        f"{description.features}. Corruption, sparsity or a narrower code stops it.",
    )


def is_corrupted(config: RunConfig) -> bool:
    """Whether the encoder sees something else than what the decode is compared with."""
    return config.train.corruption != "none" and config.train.corruption_level > 0

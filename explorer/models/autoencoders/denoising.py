"""Autoencoders that are given a spoiled sample and asked for the clean one: by noise, or with a part hidden."""

from pydantic.dataclasses import dataclass

from explorer.config import STRICT, setting
from explorer.models.autoencoders.autoencoder import Autoencoder, AutoencoderConfig
from explorer.models.catalog import register
from explorer.models.networks import resolve_networks


@dataclass(frozen=True, kw_only=True, config=STRICT)
class DenoisingConfig(AutoencoderConfig):
    """An autoencoder whose bottleneck is wide enough to tell a digit's strokes from noise."""

    latent_dim: int = setting(16, "Latent dim", "How many numbers the bottleneck lets through.", ge=1, le=64)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class MaskedConfig(DenoisingConfig):
    """The same networks, for samples of which a part is hidden."""


@register(
    "denoising-ae",
    title="Denoising autoencoder",
    short_title="DAE",
    summary="Is given a noisy sample and asked for the clean one: what noise is, it cannot pass on.",
    config=DenoisingConfig,
    resolve=resolve_networks,
    train={"corruption": "gaussian", "corruption_level": 0.4, "epochs": 100},
    group="Corrupted",
    place=1,
)
class DenoisingAutoencoder(Autoencoder):
    """An autoencoder trained on noisy samples (Vincent, Larochelle, Bengio and Manzagol 2008).

    It is the plain autoencoder in all but its settings: the noise is `explorer.config.TrainConfig.corruption`, which
    any family with an encoder can have.
    """


@register(
    "masked-ae",
    title="Masked autoencoder",
    short_title="MAE",
    summary="Is given a sample with blocks hidden and asked for the whole: it fills gaps by what it has learned.",
    config=MaskedConfig,
    resolve=resolve_networks,
    train={"corruption": "blocks", "corruption_level": 0.4, "epochs": 100},
    group="Corrupted",
    place=2,
)
class MaskedAutoencoder(Autoencoder):
    """An autoencoder that fills in what is hidden (Pathak et al. 2016; by random patches, He et al. 2022).

    The loss compares the whole decode with the whole clean sample, what was seen included.
    """

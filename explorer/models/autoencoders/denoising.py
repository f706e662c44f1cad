"""The denoising and the masked autoencoder: they encode a corrupted sample and reconstruct the clean one."""

from pydantic.dataclasses import dataclass

from explorer.config import MAX_LATENT_DIM, STRICT, setting
from explorer.models.autoencoders.autoencoder import AutoencoderConfig, PlainAutoencoder
from explorer.models.catalog import register
from explorer.models.networks import resolve_networks


@dataclass(frozen=True, kw_only=True, config=STRICT)
class DenoisingConfig(AutoencoderConfig):
    """The settings of an autoencoder whose bottleneck is wide enough to tell strokes of a digit from noise."""

    latent_dim: int = setting(
        16, "Latent dimensions", "Number of latent dimensions: the width of the bottleneck.", ge=1, le=MAX_LATENT_DIM
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class MaskedConfig(DenoisingConfig):
    """The settings of an autoencoder for samples with hidden parts."""


@register(
    "denoising-ae",
    title="Denoising autoencoder",
    short_title="DAE",
    summary="Encodes a noisy sample and reconstructs the clean one, so the code need not store the noise.",
    config=DenoisingConfig,
    resolve=resolve_networks,
    train={"corruption": "gaussian", "corruption_level": 0.4},
    epochs=200,
    group="Corrupted",
    place=1,
)
class DenoisingAutoencoder(PlainAutoencoder):
    """An autoencoder trained on noisy samples (Vincent, Larochelle, Bengio and Manzagol 2008).

    It differs from the plain autoencoder only in its settings: the noise comes from
    `explorer.config.TrainConfig.corruption`, which every family with an encoder can use.
    """


@register(
    "masked-ae",
    title="Masked autoencoder",
    short_title="MAE",
    summary="Encodes a sample with hidden blocks and reconstructs the whole sample, including the hidden blocks.",
    config=MaskedConfig,
    resolve=resolve_networks,
    train={"corruption": "blocks", "corruption_level": 0.4},
    epochs=640,
    group="Corrupted",
    place=2,
)
class MaskedAutoencoder(PlainAutoencoder):
    """An autoencoder that fills in hidden regions (Pathak et al. 2016) or random patches (He et al. 2022).

    The loss compares the whole decode with the whole clean sample, including the visible parts.
    """

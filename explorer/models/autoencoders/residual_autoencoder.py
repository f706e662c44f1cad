"""The residual convolutional autoencoder (He et al. 2016, arXiv 1512.03385, 1603.05027), for larger pictures."""

import math
from typing import Literal

from pydantic.dataclasses import dataclass

from explorer.config import STRICT, replace, setting
from explorer.data.dataset import Description
from explorer.models.autoencoders.autoencoder import Autoencoder, AutoencoderConfig
from explorer.models.autoencoders.copying import copy_warning
from explorer.models.catalog import register
from explorer.models.networks import NetworkConfig, resolve_networks

SMALLEST_SIDE, WIDEST = 4, 64
LEAST, MOST = 2, 8
"""How many convolutions there are, where the picture's size decides."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ResidualConfig(AutoencoderConfig):
    """Channels, stride and blocks; one dense layer lies between the last convolution and the code."""

    latent_dim: int = setting(8, "Latent dim", "How many numbers the bottleneck lets through.", ge=1, le=64)
    network: Literal["residual"] = setting(
        "residual", "Network", "Strided convolutions, each with residual blocks behind it."
    )
    hidden_widths: tuple[int, ...] = setting(
        (128,),
        "Dense width",
        "Units of the dense layer between the last convolution and the code; empty joins them directly.",
        max_length=1,
    )
    channels: tuple[int, ...] = setting(
        (), "Channels", "Channels of each strided convolution of the encoder; the decoder mirrors them. Empty: as many "
        "as bring the picture down to some 4 pixels, up to 64 channels.",
        max_length=8,
    )  # fmt: skip
    stride: int = setting(2, "Stride", "How much each convolution shrinks the picture.", ge=1, le=3)
    blocks: int = setting(
        1,
        "Residual blocks",
        "Blocks of two convolutions with an identity shortcut, behind each strided convolution.",
        ge=1,
        le=8,
    )


def resolve_residual(config: ResidualConfig, description: Description) -> NetworkConfig:
    """Check the config against the data and replace what is "auto" or empty.

    Raises
    ------
    ConfigError
        For what is no picture, and networks that do not fit.
    """
    if not config.channels and description.kind == "image":
        config = replace(config, channels=channels_of(description.shape[1:], config.stride))
    return resolve_networks(config, description)


def channels_of(sides: tuple[int, ...], stride: int) -> tuple[int, ...]:
    """Return channels that double up to 64, for as many convolutions as bring a picture's sides down to some 4 pixels.

    64 pixels give 8, 16, 32, 64; a digit of 8 pixels gives 32, 64, since further convolutions would see one pixel.
    """
    count = round(math.log(max(sides) / SMALLEST_SIDE, stride)) if stride > 1 else 0
    count = min(max(count, LEAST), MOST)
    return tuple(max(WIDEST >> (count - 1 - place), WIDEST // 8) for place in range(count))


@register(
    "residual-ae",
    title="Residual autoencoder",
    short_title="res AE",
    summary="A deep convolutional autoencoder whose blocks add to what they are given, for pictures such as faces.",
    config=ResidualConfig,
    resolve=resolve_residual,
    data="faces",
    train={"epochs": 8, "batch_size": 32, "learning_rate": 2e-3},
    group="Nonlinear",
    place=4,
    warnings=copy_warning,
)
class ResidualAutoencoder(Autoencoder):
    """An autoencoder of residual blocks, for pictures of any size."""

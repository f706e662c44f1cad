"""The residual convolutional autoencoder (He et al. 2016, arXiv 1512.03385, 1603.05027), for larger pictures."""

import math
from typing import Literal

from pydantic.dataclasses import dataclass

from explorer.config import MAX_LATENT_DIM, STRICT, replace, setting
from explorer.data.dataset import Description
from explorer.models.autoencoders.autoencoder import AutoencoderConfig, PlainAutoencoder, copy_warning
from explorer.models.catalog import register
from explorer.models.networks import NetworkConfig, resolve_networks

SMALLEST_SIDE, WIDEST = 4, 64
"""Approximate side of the picture after the last default convolution, and its channels."""
MIN_CONVOLUTIONS, MAX_CONVOLUTIONS = 2, 8
"""Limits of the default number of convolutions."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ResidualConfig(AutoencoderConfig):
    """The settings of a residual network with one dense layer between the last convolution and the code."""

    latent_dim: int = setting(
        8, "Latent dimensions", "Number of latent dimensions: the width of the bottleneck.", ge=1, le=MAX_LATENT_DIM
    )
    network: Literal["residual"] = setting(
        "residual", "Network", "Strided convolutions, each followed by residual blocks."
    )
    hidden_widths: tuple[int, ...] = setting(
        (128,),
        "Dense width",
        "Units of the dense layer between the last convolution and the code; leave empty for none.",
        max_length=1,
    )
    channels: tuple[int, ...] = setting(
        (), "Channels", "Channels of each strided convolution of the encoder; the decoder mirrors them. Leave empty "
        "for as many convolutions as shrink the picture to about 4 pixels, with up to 64 channels.",
        max_length=8,
    )  # fmt: skip
    stride: int = setting(2, "Stride", "Factor by which each convolution shrinks the picture.", ge=1, le=3)
    blocks: int = setting(
        1,
        "Residual blocks",
        "Number of blocks after each strided convolution; a block is two convolutions with an identity shortcut.",
        ge=1,
        le=8,
    )


def resolve_residual(config: ResidualConfig, description: Description) -> NetworkConfig:
    """Check a config against the data and return it with "auto" and empty settings replaced.

    Raises
    ------
    ConfigError
        If the samples are not pictures, or the network does not fit them.
    """
    if not config.channels and description.kind == "image":
        config = replace(config, channels=channels_of(description.shape[1:], config.stride))
    return resolve_networks(config, description)


def channels_of(sides: tuple[int, ...], stride: int) -> tuple[int, ...]:
    """Return channels that double up to 64, for as many convolutions as shrink a picture to about 4 pixels.

    A side of 64 pixels returns 8, 16, 32, 64; a side of 8 pixels returns 32, 64, as more convolutions would reduce it
    to a single pixel.
    """
    # The number of divisions by the stride that lead from the side of the picture to about 4 pixels.
    count = round(math.log(max(sides) / SMALLEST_SIDE, stride)) if stride > 1 else 0
    count = min(max(count, MIN_CONVOLUTIONS), MAX_CONVOLUTIONS)
    return tuple(max(WIDEST >> (count - 1 - index), WIDEST // 8) for index in range(count))


@register(
    "residual-ae",
    title="Residual autoencoder",
    short_title="res AE",
    summary="A deep convolutional autoencoder with shortcut connections, for pictures such as faces.",
    config=ResidualConfig,
    resolve=resolve_residual,
    data="faces",
    train={"batch_size": 32, "learning_rate": 2e-3},
    epochs=24,
    group="Nonlinear",
    place=4,
    warnings=copy_warning,
)
class ResidualAutoencoder(PlainAutoencoder):
    """An autoencoder with residual blocks, for pictures of any size."""

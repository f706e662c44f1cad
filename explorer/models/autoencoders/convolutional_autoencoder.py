"""The convolutional autoencoder (Masci et al. 2011): strided convolutions encode, transposed ones decode."""

from typing import Literal

from pydantic.dataclasses import dataclass

from explorer.config import STRICT, setting
from explorer.models.autoencoders.autoencoder import AutoencoderConfig, PlainAutoencoder, copy_warning
from explorer.models.catalog import register
from explorer.models.networks import resolve_networks


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ConvolutionalConfig(AutoencoderConfig):
    """The settings of a convolutional network with one dense layer between the last convolution and the code."""

    network: Literal["convolutional"] = setting("convolutional", "Network", "Strided convolutions.")
    hidden_widths: tuple[int, ...] = setting(
        (64,),
        "Dense width",
        "Units of the dense layer between the last convolution and the code; leave empty for none.",
        max_length=1,
    )
    channels: tuple[int, ...] = setting(
        (16, 32), "Channels", "Channels of each convolution of the encoder; the decoder mirrors them.",
        min_length=1, max_length=8,
    )  # fmt: skip
    stride: int = setting(2, "Stride", "Factor by which each convolution shrinks the picture.", ge=1, le=3)


@register(
    "conv-ae",
    title="Convolutional autoencoder",
    short_title="conv AE",
    summary="Encodes pictures with strided convolutions: small filters with the same weights at every position.",
    config=ConvolutionalConfig,
    resolve=resolve_networks,
    epochs=400,
    group="Nonlinear",
    place=3,
    warnings=copy_warning,
)
class ConvolutionalAutoencoder(PlainAutoencoder):
    """An autoencoder with convolutions, for pictures of any size."""

"""The autoencoder with one hidden layer in the encoder and one in the decoder."""

from typing import Literal

from pydantic.dataclasses import dataclass

from explorer.config import STRICT, setting
from explorer.models.autoencoders.autoencoder import AutoencoderConfig, PlainAutoencoder, copy_warning
from explorer.models.catalog import register
from explorer.models.networks import resolve_networks


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ShallowConfig(AutoencoderConfig):
    """The settings of an autoencoder with a single hidden width."""

    network: Literal["dense"] = setting("dense", "Network", "Dense layers.")
    hidden_widths: tuple[int, ...] = setting(
        (128,),
        "Hidden width",
        "Units of the hidden layer of the encoder, and of that of the decoder.",
        min_length=1,
        max_length=1,
    )


@register(
    "shallow-ae",
    title="Autoencoder, one hidden layer",
    short_title="AE 1",
    summary="One hidden layer before the code and one after it: the smallest step beyond a linear bottleneck.",
    config=ShallowConfig,
    resolve=resolve_networks,
    epochs=320,
    group="Nonlinear",
    place=1,
    warnings=copy_warning,
)
class ShallowAutoencoder(PlainAutoencoder):
    """An autoencoder with four dense layers."""

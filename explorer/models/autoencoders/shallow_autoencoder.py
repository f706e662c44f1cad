"""The autoencoder with one hidden layer on either side of its code."""

from typing import Literal

from pydantic.dataclasses import dataclass

from explorer.config import STRICT, setting
from explorer.models.autoencoders.autoencoder import Autoencoder, AutoencoderConfig
from explorer.models.autoencoders.copying import copy_warning
from explorer.models.catalog import register
from explorer.models.networks import resolve_networks


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ShallowConfig(AutoencoderConfig):
    """One hidden width."""

    network: Literal["dense"] = setting("dense", "Network", "Dense layers.")
    hidden_widths: tuple[int, ...] = setting(
        (128,),
        "Hidden width",
        "Units of the one hidden layer before the code, and of the one behind it.",
        min_length=1,
        max_length=1,
    )


@register(
    "shallow-ae",
    title="Autoencoder, one hidden layer",
    short_title="AE 1",
    summary="One hidden layer before the code and one behind it: the smallest step beyond a linear bottleneck.",
    config=ShallowConfig,
    resolve=resolve_networks,
    train={"epochs": 100},
    group="Nonlinear",
    place=1,
    warnings=copy_warning,
)
class ShallowAutoencoder(Autoencoder):
    """An autoencoder of four dense layers."""

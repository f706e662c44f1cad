"""Writes the networks of a file as settings of an autoencoder or VAE, and measures what the file leaves open.

1. The values that are tried follow from the data and from the settings that the user has given.
2. `reconstruction_search` finds the choices that reconstruct samples best.
3. Each of them becomes settings: hidden widths if the networks are plain and mirror each other, else lists of layers.
4. Each is measured with the model that would be saved.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.config import ModelConfig
from explorer.config import replace as changed
from explorer.data.dataset import Description
from explorer.models import catalog
from explorer.models.layers import ACTIVATIONS
from explorer.models.weight_import.layer_lists import HeadOrder, ValueRange
from explorer.models.weight_import.layer_names import convention_of
from explorer.models.weight_import.model_choice import ModelChoice, norm_differences, reconstruction
from explorer.models.weight_import.network_parts import Heads, NetworkParts
from explorer.models.weight_import.norm_statistics import fits_better, mismatch_of
from explorer.models.weight_import.open_questions import (
    ACTIVATION_TEXTS,
    ANY_RANGES,
    GREY_RANGES,
    PIXEL_RANGES,
    Options,
    alike,
    by_convention,
    head_orders,
    unusualness,
)
from explorer.models.weight_import.read_network import ReadNetwork
from explorer.models.weight_import.reconstruction_search import Measured, search
from explorer.models.weight_import.weight_import import Pair, WeightPlan

MEASURED = 256
"""Maximum number of samples on which the reconstruction is measured."""


def searched(
    read: ReadNetwork,
    found: Mapping[str, Tensor],
    description: Description,
    x: Tensor,
    given: Mapping[str, Any],
    order: HeadOrder | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> list[Measured]:
    """Return what the file may be, the best reconstruction first, and the most usual choice among them.

    Parameters
    ----------
    x
        Samples in model values (n, *shape).
    given
        Settings of the model that the user has given.
    order
        The order of mean and log-variance that the user has given, if any.
    progress
        Called with the share that is done; it may raise to stop.
    """
    options = Options(
        activations=_activations(given),
        values=_value_ranges(given, description),
        orders=head_orders(read.parts) if order is None else (order,),
        sizes=read.sizes,
        activates_code=(False,) if read.parts.heads.has_variance else (False, True),
    )
    return search(read.parts, by_convention(options, convention_of(found)), x, found, progress)


def measured_choices(
    ranked: Sequence[Measured],
    read: ReadNetwork,
    found: Mapping[str, Tensor],
    description: Description,
    x: Tensor,
    given: Mapping[str, Any],
    progress: Callable[[float], None] = lambda share: None,
) -> list[ModelChoice]:
    """Return the models of choices for samples of one shape, measured on these.

    Parameters
    ----------
    x
        Samples in model values (n, *shape): the first `MEASURED` of them are reconstructed; batch norms get all.
    """
    choices = []
    for done, each in enumerate(ranked):
        model = _config(each, read, description, given)
        weights = _plan(each, read, found)
        errors, differences = reconstruction(model, weights, description, x[:MEASURED])
        mismatch = mismatch_of(differences)
        choices.append(
            ModelChoice(_words(each, read.parts), model, weights, errors, unusualness(each.choice), mismatch)
        )
        progress(done / len(ranked))
    return _with_twin(choices, ranked, description, x)


def _with_twin(
    choices: list[ModelChoice], ranked: Sequence[Measured], description: Description, x: Tensor
) -> list[ModelChoice]:
    """Return the choices with the best one and its twin marked, and the leaky one preferred if batch norms tell it."""
    best = min(range(len(choices)), key=lambda each: np.nan_to_num(choices[each].score, nan=np.inf))
    twin = next((at for at, each in enumerate(ranked) if each.choice == alike(ranked[best].choice)), best)
    if twin == best:
        return choices
    usual, other = sorted((best, twin), key=lambda each: choices[each].unusualness)
    found = list(choices)
    # Running averages lag behind the weights; this resembles relu, so that only the reverse is evidence.
    is_relu = ranked[usual].choice.activation == "relu" and choices[usual].mismatch > 0  # it is 0 without batch norms
    settled = is_relu and fits_better(
        norm_differences(choices[other], description, x), norm_differences(choices[usual], description, x)
    )
    more, less = choices[other].unusualness, choices[usual].unusualness
    found[usual] = replace(choices[usual], unusualness=more if settled else less, twin="settled" if settled else "open")
    found[other] = replace(choices[other], unusualness=less if settled else more, twin="settled" if settled else "open")
    return found


def _activations(given: Mapping[str, Any]) -> Sequence[str]:
    wanted = given.get("activation")
    return [text for text in ACTIVATION_TEXTS if wanted is None or text.split()[0] == wanted]


def _value_ranges(given: Mapping[str, Any], description: Description) -> Sequence[ValueRange]:
    if not (description.unit_range and description.kind == "image"):
        return ANY_RANGES
    ranges = PIXEL_RANGES + (GREY_RANGES if description.shape[0] == 1 else ())
    wanted = given.get("likelihood", "auto")
    if wanted in ("auto", "bernoulli"):
        return [each for each in ranges if wanted == "auto" or each.likelihood == wanted]
    # Another likelihood than a Bernoulli has no sigmoid of its own.
    return [
        replace(each, after=("sigmoid",), likelihood="gaussian") if each.likelihood == "bernoulli" else each
        for each in ranges
    ]


def _config(each: Measured, read: ReadNetwork, description: Description, given: Mapping[str, Any]) -> ModelConfig:
    """Return the settings of a choice, as hidden widths if that is the whole network."""
    choice = each.choice
    settings: dict[str, Any] = {"latent_dim": choice.sizes.latent_dim, "likelihood": choice.values.likelihood}
    if read.family == "vae":
        settings["log_variance"] = "unbounded"
    widths = _mirrored_widths(each, read)
    if widths is None:
        settings |= {"network": "layers", "encoder_layers": each.encoder.texts, "decoder_layers": each.decoder.texts}
    else:
        settings |= {"network": "dense", "hidden_widths": widths, "activation": choice.activation.split()[0]}
    known = {name: value for name, value in given.items() if name != "latent_dim"}
    config = changed(catalog.family(read.family).config_type(), **{**settings, **known})
    return catalog.resolve(config, description)


def _mirrored_widths(each: Measured, read: ReadNetwork) -> tuple[int, ...] | None:
    """Return the hidden widths of plain dense networks that mirror each other; None for others."""
    name = each.choice.activation.split()[0]
    is_plain = each.choice.activation in (name, "leaky_relu 0.01") and name in ACTIVATIONS
    widths = [block.layer.outputs for block in read.parts.encoder]
    outputs = each.choice.sizes.latent_dim * (2 if read.family == "vae" else 1)
    encoder, decoder = ["flatten"], []
    for width in widths:
        encoder += [f"linear {width}", each.choice.activation]
    for width in reversed(widths):
        decoder += [f"linear {width}", each.choice.activation]
    encoder.append(f"linear {outputs}")
    decoder.append(f"linear {math.prod(each.choice.sizes.shape)}")
    is_same = each.encoder.texts == encoder and each.decoder.texts == decoder
    return tuple(widths) if is_plain and is_same else None


def _plan(each: Measured, read: ReadNetwork, found: Mapping[str, Tensor]) -> WeightPlan:
    tensors = {**each.encoder.tensors, **each.decoder.tensors}
    pairs = tuple(
        Pair(one.file, name, tuple(one.tensor.shape), "name" if one.file == name else "layer")
        for name, one in tensors.items()
    )
    parts = read.parts
    layers = [parts.heads.first, parts.heads.second, *(layer for layer, _ in parts.heads.beside)]
    for block in (*parts.encoder, *parts.decoder):
        layers += [block.layer, *(layer for layer, _ in block.beside)]
    used = {name for layer in layers if layer is not None for name in layer.tensors.values()}
    return WeightPlan(
        pairs,
        tuple(name for name in found if name not in used),
        # Counters stay whole numbers; all weights are float32 in the model.
        {
            name: one.tensor.detach().to(torch.float32 if one.tensor.is_floating_point() else one.tensor.dtype)
            .clone().contiguous()
            for name, one in tensors.items()
        },
    )  # fmt: skip


def _words(each: Measured, parts: NetworkParts) -> str:
    """Return what was assumed for a choice in words."""
    choice = each.choice
    texts = [*each.encoder.texts, *each.decoder.texts]
    words = [f"{choice.activation if choice.activation in texts else 'no activation'} in hidden layers"]
    words.append(choice.values.words)
    if choice.activates_code:
        words.append(f"{choice.activation} after the code")
    if parts.heads.is_joined or (parts.heads.second is not None and not parts.heads.is_named):
        words.append(_order_words(parts.heads, choice.order))
    if choice.sizes is not None and any(block.layer.kind != "linear" for block in (*parts.encoder, *parts.decoder)):
        words.append(_windows_words(each, parts))
    return ", ".join(words)


def _order_words(heads: Heads, order: str) -> str:
    if heads.second is None:
        return f"{heads.first.name}: {order}" if order != "interleaved" else f"{heads.first.name}: rows in turns"
    mean, spread = (heads.first, heads.second) if order == "mean first" else (heads.second, heads.first)
    return f"{mean.name} as mean, {spread.name} as log-variance"


def _windows_words(each: Measured, parts: NetworkParts) -> str:
    """Return the sides of the pictures that arrive at the layers, which tell their strides."""
    sizes = each.choice.sizes
    sides = []
    for network, blocks in ((sizes.encoder, parts.encoder), (sizes.decoder, parts.decoder)):
        shapes = [shape for shape in (*network.inputs, network.output) if len(shape) == 3]
        last = len(shapes) - 1
        if network is sizes.encoder and shapes and last < len(blocks) and len(network.inputs[last + 1]) == 1:
            # The last maps are flattened for a linear layer.
            channels = blocks[last].layer.outputs
            shapes.append((channels, 0, math.isqrt(network.inputs[last + 1][0] // channels)))
        sides.append("→".join(str(shape[-1]) for shape in shapes))
    return f"maps of {' and '.join(side for side in sides if side)} pixels"

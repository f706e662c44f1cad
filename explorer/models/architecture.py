"""The layers of a model with their shapes and numbers of weights, computed from its config without building it.

A form can so follow every key press. A test compares the numbers with those of built models.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from explorer.config import ConfigError, ModelConfig
from explorer.data.dataset import Description
from explorer.models.catalog import family
from explorer.models.layer_list import LayerSize, decoder_sizes, encoder_sizes
from explorer.models.likelihoods.choice import added_values, parameter_shape
from explorer.models.networks import (
    NetworkConfig,
    dense_widths,
    input_shape,
    is_normalized,
    smallest_shape,
)
from explorer.models.posterior import PosteriorConfig, posterior_outputs

LayerKind = Literal["input", "dense", "convolution", "code", "output"]
KERNEL = 9
"""Weights of a convolution for each pair of channels: its kernel is 3 × 3."""


@dataclass(frozen=True)
class LayerShape:
    """A layer, described by its output.

    Attributes
    ----------
    shape
        ``(units,)``, or ``(channels, height, width)``.
    weights
        Number of weights and biases between the layer before and this one; 0 for the first.
    blocks
        Number of residual blocks that belong to the step.
    """

    kind: LayerKind
    shape: tuple[int, ...]
    weights: int = 0
    blocks: int = 0

    @property
    def size(self) -> int:
        """The number of output values of the layer."""
        return math.prod(self.shape)

    @property
    def words(self) -> str:
        """The shape as text: ``"512"`` or ``"32 × 14 × 14"``."""
        return " × ".join(f"{side:,}" for side in self.shape)


@dataclass(frozen=True)
class Architecture:
    """The encoder from x to its outputs, and the decoder from z to the parameters of p(x|z).

    Attributes
    ----------
    encoder, decoder
        Layers in the order of computation. The encoder of a model without one is empty. The first layer of the decoder
        is z.
    latent_dim
        The numbers in z.
    is_tied
        Whether the decoder uses the transposed matrices of the encoder, so that only its biases count.
    """

    encoder: tuple[LayerShape, ...]
    decoder: tuple[LayerShape, ...]
    latent_dim: int
    is_tied: bool = False

    @property
    def encoder_weights(self) -> int:
        """The number of weights φ."""
        return sum(layer.weights for layer in self.encoder)

    @property
    def decoder_weights(self) -> int:
        """The number of weights θ."""
        return sum(layer.weights for layer in self.decoder)

    @property
    def brief(self) -> str:
        """The sizes of x, z and x̂: ``"784 → 2 → 784"``."""
        sizes = (*(layer.size for layer in self.encoder[:1]), self.latent_dim, self.decoder[-1].size)
        return " → ".join(f"{size:,}" for size in sizes)

    @property
    def summary(self) -> str:
        """The sizes, and how much smaller the code is than x: ``"784 numbers → 2 → 784: 392 times fewer"``."""
        size, dim = self.decoder[-1].size, self.latent_dim
        path = f"{size:,} numbers → {dim:,} → {size:,}" if self.encoder else f"{dim:,} numbers → {size:,}"
        if dim == size:
            return f"{path}: as many"
        times = max(size / dim, dim / size)
        # Without an encoder, the sample is generated from the code.
        larger = dim > size if self.encoder else size > dim
        return f"{path}: {times:,.3g} times {'more' if larger else 'fewer'}" if times >= 1.5 else path


def architecture(config: ModelConfig, description: Description) -> Architecture | None:
    """Return the layers of a model; None without networks, as for PCA, or if they do not fit."""
    # By settings and capabilities: the folders of the families import this one, and must not be imported by it.
    if (generator := getattr(config, "generator_widths", None)) is not None:
        widths = (config.latent_dim, *generator, description.features)
        return Architecture((), tuple(_dense(None, widths, "code", "output")), config.latent_dim)
    if not isinstance(config, NetworkConfig):
        return None
    if config.network in ("convolutional", "residual") and len(description.shape) != 3:
        return None
    is_conditional = family(config.family).model_type.capabilities.condition
    # A one-hot class is added to the input of both networks.
    classes = len(description.class_names) if is_conditional else 0
    outputs = posterior_outputs(config) if isinstance(config, PosteriorConfig) else config.latent_dim
    if config.network == "layers":
        return _listed(config, description, classes, outputs)
    added = added_values(config.likelihood, description)
    decoder = tuple(_decoder(config, description.shape, classes, added))
    is_tied = bool(getattr(config, "tied", False))
    if is_tied:
        decoder = tuple(_biases_alone(decoder, added))
    encoder = tuple(_encoder(config, description.shape, classes + added, outputs))
    return Architecture(encoder, decoder, config.latent_dim, is_tied)


def _listed(config: NetworkConfig, description: Description, classes: int, outputs: int) -> Architecture | None:
    """Return networks given layer by layer; None if a layer does not fit."""
    shape, arriving = parameter_shape(config.likelihood, description), input_shape(config, description, classes)
    inputs = config.latent_dim + classes
    try:
        there = encoder_sizes(config.encoder_layers, arriving, outputs, config.latent_dim)
        back = decoder_sizes(config.decoder_layers, inputs, shape)
    except ConfigError:
        return None
    encoder = _columns(there, LayerShape("input", description.shape), LayerShape("code", (outputs,)))
    decoder = _columns(back, LayerShape("code", (config.latent_dim,)), LayerShape("output", description.shape))
    return Architecture(encoder, decoder, config.latent_dim)


def _columns(sizes: list[LayerSize], first: LayerShape, last: LayerShape) -> tuple[LayerShape, ...]:
    """Return the layers that are drawn: those with a matrix or a kernel, and those that change the number of values.

    The weights of the others, which normalize or bend, count to the layer before them.
    """
    columns, waiting = [first], 0
    for name, shape, weights in sizes:
        if name in ("linear", "conv", "transposed_conv") or math.prod(shape) != columns[-1].size:
            columns.append(LayerShape("convolution" if len(shape) == 3 else "dense", shape, waiting + weights))
            waiting = 0
        elif len(columns) == 1:
            waiting += weights  # nothing stands before the first layer
        else:
            # Numbers that become a picture are drawn as the picture; a picture that is flattened stays one.
            shown = LayerShape("convolution", shape) if len(shape) == 3 else columns[-1]
            columns[-1] = replace(shown, weights=columns[-1].weights + weights)
    end = columns.pop() if len(columns) > 1 else last
    return (*columns, replace(last, weights=end.weights + waiting))


def _encoder(config: NetworkConfig, shape: tuple[int, ...], beside: int, outputs: int) -> Iterator[LayerShape]:
    """Yield the layers; ``beside`` is the number of inputs in addition to the sample: classes, and sines of angles."""
    yield LayerShape("input", shape)
    inputs = math.prod(shape)
    if config.network != "dense":
        # Each class adds a channel to the first convolution.
        before = shape[0] + beside
        for number, after in enumerate(config.channels, start=1):
            smaller = smallest_shape(shape, config.channels[:number], config.stride)
            yield _convolution(config, before, after, smaller, after)
            before = after
        inputs = math.prod(smallest_shape(shape, config.channels, config.stride))
    else:
        inputs += beside
    widths = (inputs, *dense_widths(config), outputs)
    # The first of these is x, or the output of the convolutions, which is in the list already.
    yield from list(_dense(config, widths, "input", "code"))[1:]


def _decoder(config: NetworkConfig, shape: tuple[int, ...], classes: int, added: int) -> Iterator[LayerShape]:
    hidden = tuple(reversed(dense_widths(config)))
    yield LayerShape("code", (config.latent_dim,))
    inputs = config.latent_dim + classes
    if config.network == "dense":
        layers = list(_dense(config, (inputs, *hidden, math.prod(shape) + added), "code", "output"))
        yield from layers[1:-1]
        yield LayerShape("output", shape, layers[-1].weights)
        return
    smallest = smallest_shape(shape, config.channels, config.stride)
    # The last dense layer is drawn as the picture that the convolutions begin with.
    layers = list(_dense(config, (inputs, *hidden, math.prod(smallest)), "code", "dense"))
    yield from layers[1:-1]
    yield LayerShape("convolution", smallest, layers[-1].weights + _normalized(config, math.prod(smallest)))
    channels = (shape[0], *config.channels)
    for number in range(len(config.channels), 0, -1):
        larger = smallest_shape(shape, config.channels[: number - 1], config.stride)
        before, after = channels[number], channels[number - 1]
        # In the decoder the residual blocks come before the convolution, with its input channels.
        layer = _convolution(config, before, after, larger, before)
        if number > 1:
            yield layer
        else:  # the last one is not normalized
            yield LayerShape("output", shape, layer.weights - _normalized(config, after), layer.blocks)


def _convolution(config: NetworkConfig, before: int, after: int, shape: tuple[int, int, int], width: int) -> LayerShape:
    """Return a convolution with its residual blocks, which have ``width`` channels."""
    blocks = config.blocks if config.network == "residual" else 0
    weights = (
        KERNEL * before * after + after + _normalized(config, after) + blocks * 2 * (KERNEL * width * width + width)
    )
    return LayerShape("convolution", shape, weights, blocks)


def _dense(
    config: NetworkConfig | None, widths: tuple[int, ...], first: LayerKind, last: LayerKind
) -> Iterator[LayerShape]:
    yield LayerShape(first, widths[:1])
    steps = list(pairwise(widths))
    for before, after in steps[:-1]:
        yield LayerShape("dense", (after,), (before + 1) * after + _normalized(config, after))
    before, after = steps[-1]
    yield LayerShape(last, (after,), (before + 1) * after)


def _normalized(config: NetworkConfig | None, units: int) -> int:
    """Return the weights that normalize a hidden layer: a scale and an offset for each unit or channel."""
    return 2 * units if config is not None and is_normalized(config) else 0


def _biases_alone(layers: tuple[LayerShape, ...], added: int) -> Iterator[LayerShape]:
    for layer in layers:
        biases = layer.size + (added if layer.kind == "output" else 0)
        yield LayerShape(layer.kind, layer.shape, biases if layer.weights else 0)

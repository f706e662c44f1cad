"""Builds encoder and decoder networks from a config: dense, convolutional or residual, or given layer by layer.

1. A family resolves its config with `resolve_networks`, which checks it against the data and replaces "auto".
2. `build_encoder` and `build_decoder` make the layers. Each strided convolution divides the sides by the stride,
   rounded up, and may be followed by residual blocks. The decoder undoes this with transposed convolutions, whose
   output padding restores the exact size. `tied_decoder` instead transposes the matrices of a dense encoder. Networks
   given layer by layer are read by `explorer.models.layer_list`.
3. `build_likelihood` makes the layer that turns the output of the decoder into p(x|z).
4. `explorer.models.layers.initialise` draws all weights from one generator.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

from pydantic.dataclasses import dataclass
from torch import nn

from explorer.config import STRICT, ConfigError, ModelConfig, replace, setting
from explorer.data.dataset import Description
from explorer.models.layer_list import DECODER, ENCODER, MAX_LAYERS, build_layers, decoder_sizes, encoder_sizes
from explorer.models.layers import ACTIVATIONS, Activation, ResidualBlock, Transposed
from explorer.models.likelihoods.choice import (
    LikelihoodName,
    added_values,
    check_likelihood,
    column_inputs,
    likelihood_layer,
    parameter_shape,
    resolved_likelihood,
)
from explorer.models.likelihoods.column_layers import ColumnInputs, ColumnLayer
from explorer.models.likelihoods.layers import CountLayer, LikelihoodLayer

MAX_WIDTH = 16_384
"""Maximum number of units or channels of a layer."""


def tied_decoder(encoder: nn.Sequential, shape: tuple[int, ...]) -> nn.Sequential:
    """Build the network z (batch, latent_dim) → (batch, *shape) that mirrors a dense encoder and shares its weights.

    Parameters
    ----------
    encoder
        The layers of `explorer.models.networks.build_encoder`: a flattening one, then linear ones and activations.
    shape
        The shape of the output: of the parameters of the likelihood.
    """
    # What is before the first linear layer flattens; its inverse is the unflattening at the end.
    layers: list[nn.Module] = [
        Transposed(layer) if isinstance(layer, nn.Linear) else layer
        for layer in encoder
        if not isinstance(layer, nn.Flatten | ColumnInputs)
    ]
    return nn.Sequential(*reversed(layers), nn.Unflatten(1, shape))


def convolutions(config: "NetworkConfig", shape: tuple[int, ...]) -> list[nn.Module]:
    """Build layers (batch, *shape) → (batch, *smallest_shape): strided convolutions, each with its residual blocks."""
    activation = ACTIVATIONS[config.activation]
    layers: list[nn.Module] = []
    for before, after in pairwise((shape[0], *config.channels)):
        # A padding of 1 for a kernel of 3 divides the sides by the stride, rounded up.
        layers.append(nn.Conv2d(before, after, 3, config.stride, padding=1))
        layers += [ResidualBlock(after, activation) for _ in range(_blocks(config))]
        layers += hidden(activation, nn.BatchNorm2d(after) if is_normalized(config) else None)
    return layers


def transposed_convolutions(config: "NetworkConfig", shape: tuple[int, ...]) -> list[nn.Module]:
    """Build layers (batch, *smallest_shape) → (batch, *shape), the mirror image of `convolutions`.

    The last layer has no activation.
    """
    channels, stride, activation = config.channels, config.stride, ACTIVATIONS[config.activation]
    sizes = _sizes(shape, channels, stride)
    layers: list[nn.Module] = []
    for (before, after), (small, large) in zip(
        pairwise((*reversed(channels), shape[0])), pairwise(reversed(sizes)), strict=True
    ):
        if layers:  # what stands between two transposed convolutions
            layers += hidden(activation, nn.BatchNorm2d(before) if is_normalized(config) else None)
        layers += [ResidualBlock(before, activation) for _ in range(_blocks(config))]
        # A transposed convolution outputs (small − 1)·stride + 1; the output padding adds what is missing.
        rest = (large[0] - (small[0] - 1) * stride - 1, large[1] - (small[1] - 1) * stride - 1)
        layers.append(nn.ConvTranspose2d(before, after, 3, stride, padding=1, output_padding=rest))
    return layers


def smallest_shape(shape: tuple[int, ...], channels: tuple[int, ...], stride: int) -> tuple[int, int, int]:
    """Return channels, height and width after the last convolution; without convolutions, those of the picture."""
    return ((shape[0], *channels)[-1], *_sizes(shape, channels, stride)[-1])


def _sizes(shape: tuple[int, ...], channels: tuple[int, ...], stride: int) -> list[tuple[int, int]]:
    """Return height and width before the first convolution and after each one."""
    sizes = [(shape[1], shape[2])]
    for _ in channels:
        height, width = sizes[-1]
        sizes.append((math.ceil(height / stride), math.ceil(width / stride)))  # with a padding of 1 for a kernel of 3
    return sizes


@dataclass(frozen=True, kw_only=True, config=STRICT)
class NetworkConfig(ModelConfig):
    """The settings of an encoder, its mirrored decoder, and the likelihood."""

    network: Literal["dense", "convolutional", "residual", "layers"] = setting(
        "dense",
        "Network",
        "Dense layers; for pictures also strided convolutions, plain or each followed by residual blocks; or layers "
        "that you list.",
    )
    encoder_layers: tuple[str, ...] = setting(
        (),
        "Encoder layers",
        "Layers from x to the code, as conv 16 kernel=3 stride=2 padding=1, relu, flatten, linear 4; a VAE needs two "
        "numbers for each latent dimension: all means, then all log-variances.",
        max_length=MAX_LAYERS,
        when="network = layers",
    )
    decoder_layers: tuple[str, ...] = setting(
        (),
        "Decoder layers",
        "Layers from z to the parameters of p(x|z), as linear 400, relu, linear 784; for a Bernoulli these are logits.",
        max_length=MAX_LAYERS,
        when="network = layers",
    )
    hidden_widths: tuple[int, ...] = setting(
        (512, 256),
        "Hidden widths",
        "Units of each hidden dense layer of the encoder; the decoder mirrors them. Convolutional networks use "
        "only the last.",
        max_length=16,
        when="network != layers",
    )
    channels: tuple[int, ...] = setting(
        (32, 64), "Channels", "Channels of each convolution of the encoder; the decoder mirrors them.",
        advanced=True, min_length=1, max_length=8, when="network = convolutional|residual",
    )  # fmt: skip
    stride: int = setting(
        2,
        "Stride",
        "Factor by which each convolution shrinks the picture.",
        advanced=True,
        ge=1,
        le=3,
        when="network = convolutional|residual",
    )
    blocks: int = setting(
        1,
        "Residual blocks",
        "Number of blocks after each strided convolution; a block is two convolutions with an identity shortcut.",
        advanced=True,
        ge=1,
        le=8,
        when="network = residual",
    )
    normalization: Literal["none", "batch"] = setting(
        "none",
        "Normalization",
        "Batch: each hidden layer is normalized to mean 0 and variance 1 over the batch before its activation; "
        "outside training steps, by running averages.",
        advanced=True,
        when="network = dense|convolutional",
    )
    activation: Activation = setting(
        "relu", "Activation", "Nonlinearity of the hidden layers.", advanced=True, when="network != layers"
    )
    code_activation: Activation = setting(
        "identity", "Code activation", "Nonlinearity of the code layer (of the mean, for a VAE).", advanced=True
    )
    likelihood: LikelihoodName = setting(
        "auto",
        "Likelihood",
        "p(x|z): auto uses a Bernoulli for pictures in [0, 1], a negative binomial for counts, by column for tables of "
        "several kinds, and a Gaussian otherwise. The continuous Bernoulli is a true density on [0, 1]. A learned σ is "
        "one number for the whole model.",
        advanced=True,
    )
    sigma: float = setting(
        1.0,
        "σ of p(x|z)",
        "Standard deviation of a Gaussian likelihood, or the initial value of a learned one.",
        advanced=True,
        ge=1e-3,
        le=1e3,
        when="likelihood = auto|gaussian|gaussian with learned sigma|by column|by column with learned sigma",
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class PlainNetworkConfig(NetworkConfig):
    """The settings of networks without batch normalization, and not given layer by layer.

    For families that pass more than samples through a network in training, which would mix their statistics, or that
    read the weights of certain layers.
    """

    network: Literal["dense", "convolutional", "residual"] = setting(
        "dense",
        "Network",
        "Dense layers; for pictures also strided convolutions, plain or each followed by residual blocks.",
    )
    normalization: Literal["none"] = setting("none", "Normalization", "Hidden layers are not normalized.")


def resolve_networks(config: NetworkConfig, description: Description) -> NetworkConfig:
    """Check a config against the data and return it with "auto" replaced.

    Raises
    ------
    ConfigError
        If a width is out of range, convolutions are to be used on vectors, the network cannot be normalized, or a
        likelihood does not fit the values.
    """
    for name, values in (("hidden_widths", config.hidden_widths), ("channels", config.channels)):
        check_widths(name, values)
    if config.network in ("convolutional", "residual") and description.kind != "image":
        raise ConfigError(
            f"model.network = {config.network} needs pictures; {description.name} has "
            f"{'texts' if description.kind == 'text' else 'vectors'}: use dense, or pictures such as digits"
        )
    if config.normalization == "batch" and config.network == "residual":
        raise ConfigError(
            "model.normalization = batch: residual networks are not normalized, as each block starts as the identity; "
            "use none, or model.network = convolutional"
        )
    check_likelihood(config.likelihood, description)
    return replace(config, likelihood=resolved_likelihood(config.likelihood, description))


def check_widths(name: str, widths: Sequence[int]) -> None:
    """Check the widths of layers, the setting ``name`` of a model.

    Raises
    ------
    ConfigError
        If one is out of range.
    """
    if any(not 1 <= width <= MAX_WIDTH for width in widths):
        raise ConfigError(f"model.{name} = {','.join(map(str, widths))}: each must be between 1 and {MAX_WIDTH}")


def build_encoder(config: NetworkConfig, description: Description, outputs: int, *, beside: int = 0) -> nn.Sequential:
    """Build the network x (batch, *shape) → (batch, outputs).

    ``beside`` is the number of inputs in addition to x, such as a one-hot class; of channels, for pictures that are not
    flattened first.
    """
    shape = input_shape(config, description, beside)
    if config.network == "layers":
        encoder_sizes(config.encoder_layers, shape, outputs, config.latent_dim)  # checks what they return
        listed = build_layers(config.encoder_layers, shape, ENCODER)
        return nn.Sequential(*column_inputs(config.likelihood, description), *listed)
    if config.network == "dense":
        first = [*column_inputs(config.likelihood, description), nn.Flatten()]
        return nn.Sequential(*first, *_dense_part(config, (*shape, *config.hidden_widths, outputs)))
    inputs = math.prod(smallest_shape(shape, config.channels, config.stride))
    last = _dense_part(config, (inputs, *dense_widths(config), outputs))
    return nn.Sequential(*convolutions(config, shape), nn.Flatten(), *last)


def build_decoder(config: NetworkConfig, description: Description, *, beside: int = 0) -> nn.Sequential:
    """Build the network z (batch, latent_dim) → parameters of the likelihood (batch, *shape), the encoder mirrored.

    ``beside`` is the number of inputs in addition to z, such as a one-hot class.
    """
    shape, inputs = parameter_shape(config.likelihood, description), config.latent_dim + beside
    if config.network == "layers":
        *_, (_, found, _) = decoder_sizes(config.decoder_layers, inputs, shape)
        listed = build_layers(config.decoder_layers, (inputs,), DECODER)
        return listed if found == shape else listed.append(nn.Unflatten(1, shape))
    widths = (inputs, *reversed(dense_widths(config)))  # the encoder's, in reverse
    if config.network == "dense":
        return nn.Sequential(*_dense_part(config, (*widths, math.prod(shape))), nn.Unflatten(1, shape))
    smallest = smallest_shape(shape, config.channels, config.stride)
    size = math.prod(smallest)
    layers = nn.Sequential(*_dense_part(config, (*widths, size)))
    layers.extend(hidden(ACTIVATIONS[config.activation], nn.BatchNorm1d(size) if is_normalized(config) else None))
    return layers.append(nn.Unflatten(1, smallest)).extend(transposed_convolutions(config, shape))


def input_shape(config: NetworkConfig, description: Description, beside: int) -> tuple[int, ...]:
    """Return the shape of one sample at the first layer of the encoder, after what prepares columns of a table."""
    if takes_maps(config, description.shape):
        return (description.shape[0] + beside, *description.shape[1:])
    return (math.prod(description.shape) + added_values(config.likelihood, description) + beside,)


def takes_maps(config: NetworkConfig, shape: tuple[int, ...]) -> bool:
    """Return whether the encoder takes samples of this shape as pictures, and not flattened."""
    return config.network != "dense" and len(shape) == 3


def build_likelihood(config: NetworkConfig, description: Description) -> LikelihoodLayer | CountLayer | ColumnLayer:
    """Build the layer that maps the output of the decoder (batch, *shape) to p(x|z)."""
    return likelihood_layer(config.likelihood, config.sigma, description)


def dense_widths(config: NetworkConfig) -> tuple[int, ...]:
    """Return the widths of the hidden dense layers: all of them, or after convolutions only the last."""
    return config.hidden_widths if config.network == "dense" else config.hidden_widths[-1:]


def is_normalized(config: NetworkConfig) -> bool:
    """Return whether batch normalization precedes the activation of each hidden layer."""
    return config.normalization == "batch" and config.network in ("dense", "convolutional")


def normalizes_batches(config: ModelConfig) -> bool:
    """Return whether a network of the model has batch normalization."""
    if not isinstance(config, NetworkConfig):
        return False
    listed = (*config.encoder_layers, *config.decoder_layers) if config.network == "layers" else ()
    return is_normalized(config) or any(text.split()[:1] == ["batch_norm"] for text in listed)


def dense(widths: Sequence[int], activation: Callable[[], nn.Module], *, normalized: bool = False) -> list[nn.Module]:
    """Return linear layers between consecutive widths, with an activation between the layers."""
    layers: list[nn.Module] = [nn.Linear(widths[0], widths[1])]
    for before, after in pairwise(widths[1:]):
        layers += hidden(activation, nn.BatchNorm1d(before) if normalized else None)
        layers.append(nn.Linear(before, after))
    return layers


def hidden(activation: Callable[[], nn.Module], normalization: nn.Module | None = None) -> list[nn.Module]:
    """Return what follows a hidden layer: its normalization, if it has one, and its activation."""
    return [activation()] if normalization is None else [normalization, activation()]


def _dense_part(config: NetworkConfig, widths: Sequence[int]) -> list[nn.Module]:
    return dense(widths, ACTIVATIONS[config.activation], normalized=is_normalized(config))


def _blocks(config: NetworkConfig) -> int:
    return config.blocks if config.network == "residual" else 0

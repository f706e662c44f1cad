"""Builds encoder and decoder networks from a config: dense, convolutional or residual, for vectors and pictures.

1. A family resolves its config with `resolve_networks`, which checks it against the data and replaces "auto".
2. `build_encoder` and `build_decoder` make the layers. Each strided convolution divides the sides by the stride,
   rounded up, and may be followed by residual blocks. The decoder undoes this with transposed convolutions, whose
   output padding restores the exact size. `tied_decoder` instead transposes the matrices of a dense encoder.
3. `build_likelihood` makes the layer that turns the output of the decoder into p(x|z).
4. `initialise` draws all weights from one generator.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal, Protocol, runtime_checkable

import torch
from pydantic.dataclasses import dataclass
from torch import Generator, Tensor, nn
from torch.nn import functional

from explorer.config import STRICT, ConfigError, ModelConfig, replace, setting
from explorer.data.dataset import Description
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


class Transposed(nn.Module):
    """The transpose of a linear layer: x (batch, out) → x·W + b (batch, in), with the layer's matrix W (out, in).

    Parameters
    ----------
    layer
        A layer of the encoder, which keeps its weight; this module shares it without owning or copying it.
    """

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self._layer = (layer,)  # in a tuple, as torch would register the module and count its weights twice
        self.bias = nn.Parameter(torch.empty(layer.in_features))

    @property
    def weight(self) -> Tensor:
        """The transposed weight of the layer, (in, out)."""
        return self._layer[0].weight.T

    def initialise(self, generator: Generator) -> None:
        """Draw the bias as a linear layer of this size would."""
        bound = 1 / math.sqrt(self._layer[0].out_features)
        nn.init.uniform_(self.bias, -bound, bound, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        """Return x·W + b."""
        return functional.linear(x, self.weight, self.bias)


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


class ResidualBlock(nn.Module):
    """x + conv(act(conv(act(x)))): two convolutions, each after its activation, with an identity shortcut.

    He et al. 2016, "Identity mappings in deep residual networks" (arXiv 1603.05027). Instead of batch norm, whose
    running averages are a state besides the weights, the last convolution is initialized with zeros. Each block then
    starts as the identity, and networks of any depth can be trained (Zhang et al. 2019, arXiv 1901.09321).
    """

    def __init__(self, channels: int, activation: type[nn.Module]) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            activation(),
            nn.Conv2d(channels, channels, 3, padding=1),
            activation(),
            ZeroConvolution(channels, channels, 3, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to the same shape."""
        changed: Tensor = x + self.branch(x)
        return changed


class ZeroConvolution(nn.Conv2d):
    """A convolution whose initial weights are zero."""

    def initialise(self, generator: Generator) -> None:
        """Set weights and bias to zero."""
        nn.init.zeros_(self.weight)
        if self.bias is not None:
            nn.init.zeros_(self.bias)


def convolutions(
    shape: tuple[int, ...], channels: tuple[int, ...], stride: int, activation: type[nn.Module], blocks: int = 0
) -> list[nn.Module]:
    """Build layers (batch, *shape) → (batch, *smallest_shape): strided convolutions with ``blocks`` after each."""
    layers: list[nn.Module] = []
    for before, after in pairwise((shape[0], *channels)):
        layers.append(nn.Conv2d(before, after, 3, stride, padding=1))  # divides the sides by the stride, rounded up
        layers += [ResidualBlock(after, activation) for _ in range(blocks)]
        layers.append(activation())
    return layers


def transposed_convolutions(
    shape: tuple[int, ...], channels: tuple[int, ...], stride: int, activation: type[nn.Module], blocks: int = 0
) -> list[nn.Module]:
    """Build layers (batch, *smallest_shape) → (batch, *shape), the mirror image of `convolutions`.

    The last layer has no activation.
    """
    sizes = _sizes(shape, channels, stride)
    layers: list[nn.Module] = []
    for (before, after), (small, large) in zip(
        pairwise((*reversed(channels), shape[0])), pairwise(reversed(sizes)), strict=True
    ):
        layers += [ResidualBlock(before, activation) for _ in range(blocks)]
        # A transposed convolution outputs (small − 1)·stride + 1; the output padding adds what is missing.
        rest = (large[0] - (small[0] - 1) * stride - 1, large[1] - (small[1] - 1) * stride - 1)
        layers.append(nn.ConvTranspose2d(before, after, 3, stride, padding=1, output_padding=rest))
        layers.append(activation())
    return layers[:-1]  # no activation after the last layer


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


Activation = Literal["relu", "gelu", "silu", "tanh", "sigmoid", "softplus", "leaky_relu", "identity"]

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "softplus": nn.Softplus,
    "leaky_relu": nn.LeakyReLU,
    "identity": nn.Identity,
}


@dataclass(frozen=True, kw_only=True, config=STRICT)
class NetworkConfig(ModelConfig):
    """The settings of an encoder, its mirrored decoder, and the likelihood."""

    network: Literal["dense", "convolutional", "residual"] = setting(
        "dense",
        "Network",
        "Dense layers; for pictures also strided convolutions, plain or each followed by residual blocks.",
    )
    hidden_widths: tuple[int, ...] = setting(
        (512, 256),
        "Hidden widths",
        "Units of each hidden dense layer of the encoder; the decoder mirrors them. Convolutional networks use "
        "only the last.",
        max_length=16,
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
    activation: Activation = setting("relu", "Activation", "Nonlinearity of the hidden layers.", advanced=True)
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


def resolve_networks(config: NetworkConfig, description: Description) -> NetworkConfig:
    """Check a config against the data and return it with "auto" replaced.

    Raises
    ------
    ConfigError
        If a width is out of range, convolutions are to be used on vectors, or a likelihood does not fit the values.
    """
    for name, values in (("hidden_widths", config.hidden_widths), ("channels", config.channels)):
        check_widths(name, values)
    if config.network != "dense" and description.kind != "image":
        raise ConfigError(
            f"model.network = {config.network} needs pictures; {description.name} has "
            f"{'texts' if description.kind == 'text' else 'vectors'}: use dense, or pictures such as digits"
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

    ``beside`` is the number of inputs in addition to x, such as a one-hot class; of channels, for convolutions.
    """
    layers: list[nn.Module] = []
    shape = description.shape
    inputs = math.prod(shape) + added_values(config.likelihood, description) + beside  # after flattening
    if config.network != "dense":
        shape = (shape[0] + beside, *shape[1:])
        layers += convolutions(shape, config.channels, config.stride, ACTIVATIONS[config.activation], _blocks(config))
        inputs = math.prod(smallest_shape(shape, config.channels, config.stride))
    else:
        layers += column_inputs(config.likelihood, description)
    layers.append(nn.Flatten())  # (batch, inputs)
    layers += dense((inputs, *dense_widths(config), outputs), ACTIVATIONS[config.activation])
    return nn.Sequential(*layers)


def build_decoder(config: NetworkConfig, description: Description, *, beside: int = 0) -> nn.Sequential:
    """Build the network z (batch, latent_dim) → parameters of the likelihood (batch, *shape), the encoder mirrored.

    ``beside`` is the number of inputs in addition to z, such as a one-hot class.
    """
    shape = parameter_shape(config.likelihood, description)
    widths = (config.latent_dim + beside, *reversed(dense_widths(config)))  # the encoder's, in reverse
    if config.network == "dense":
        layers = dense((*widths, math.prod(shape)), ACTIVATIONS[config.activation])
        return nn.Sequential(*layers, nn.Unflatten(1, shape))  # (batch, *shape)
    smallest, activation = smallest_shape(shape, config.channels, config.stride), ACTIVATIONS[config.activation]
    layers = dense((*widths, math.prod(smallest)), ACTIVATIONS[config.activation])
    layers += [activation(), nn.Unflatten(1, smallest)]
    layers += transposed_convolutions(shape, config.channels, config.stride, activation, _blocks(config))
    return nn.Sequential(*layers)


def build_likelihood(config: NetworkConfig, description: Description) -> LikelihoodLayer | CountLayer | ColumnLayer:
    """Build the layer that maps the output of the decoder (batch, *shape) to p(x|z)."""
    return likelihood_layer(config.likelihood, config.sigma, description)


@runtime_checkable
class Initializing(Protocol):
    """A module that initializes its own weights and buffers."""

    def initialise(self, generator: Generator) -> None:
        """Set every weight and buffer of the module itself, but not those of its children."""


def initialise(module: nn.Module, generator: Generator) -> None:
    """Draw all weights of a module from one generator.

    The distribution is that of torch's own layers, uniform within 1/√fan_in (He et al. 2015 with a = √5). Modules with
    other weights or buffers set them in a method ``initialise(generator)``.
    """
    # torch's layers draw from the global generator when they are built, which here happens on the meta device.
    for layer in module.modules():
        if isinstance(layer, Initializing):
            layer.initialise(generator)
        elif isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            nn.init.kaiming_uniform_(layer.weight, a=math.sqrt(5), generator=generator)
            if layer.bias is not None:
                bound = 1 / math.sqrt(layer.weight[0].numel())
                nn.init.uniform_(layer.bias, -bound, bound, generator=generator)


def dense_widths(config: NetworkConfig) -> tuple[int, ...]:
    """Return the widths of the hidden dense layers: all of them, or after convolutions only the last."""
    return config.hidden_widths if config.network == "dense" else config.hidden_widths[-1:]


def dense(widths: Sequence[int], activation: Callable[[], nn.Module]) -> list[nn.Module]:
    """Return linear layers between consecutive widths, with an activation between the layers."""
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), activation()]
    return layers[:-1]  # no activation after the last layer


def _blocks(config: NetworkConfig) -> int:
    return config.blocks if config.network == "residual" else 0

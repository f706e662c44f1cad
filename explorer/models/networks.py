"""Encoder and decoder networks, dense and convolutional, sized by config for any picture size and for vectors."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import torch
from pydantic.dataclasses import dataclass
from torch import Generator, nn

from explorer.config import STRICT, ConfigError, ModelConfig, replace, setting
from explorer.data.dataset import Description
from explorer.models.latent_model import Likelihood
from explorer.models.likelihoods import Bernoulli, Gaussian

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
    """The networks and the likelihood of a family with an encoder and a mirrored decoder."""

    network: Literal["dense", "convolutional"] = setting(
        "dense", "Network", "Dense layers, or strided convolutions for pictures."
    )
    hidden_widths: tuple[int, ...] = setting(
        (512, 256),
        "Hidden widths",
        "Units of each hidden dense layer of the encoder; the decoder mirrors them.",
        max_length=16,
    )
    channels: tuple[int, ...] = setting(
        (32, 64), "Channels", "Channels of each convolution of the encoder; the decoder mirrors them.",
        advanced=True, min_length=1, max_length=8,
    )  # fmt: skip
    stride: int = setting(2, "Stride", "How much each convolution shrinks the picture.", advanced=True, ge=1, le=3)
    activation: Activation = setting("relu", "Activation", "Nonlinearity of the hidden layers.", advanced=True)
    code_activation: Activation = setting(
        "identity", "Code activation", "Nonlinearity of the code layer (of the mean, for a VAE).", advanced=True
    )
    likelihood: Literal["auto", "bernoulli", "gaussian"] = setting(
        "auto",
        "Likelihood",
        "p(x|z): Bernoulli for pictures in [0, 1], Gaussian for the rest, or chosen.",
        advanced=True,
    )
    sigma: float = setting(
        1.0, "σ of p(x|z)", "Standard deviation of a Gaussian likelihood.", advanced=True, ge=1e-3, le=1e3
    )


def resolve_networks(config: NetworkConfig, description: Description) -> NetworkConfig:
    """Check the config against the data and replace what is "auto".

    Raises
    ------
    ConfigError
        For a convolution of vectors, or a Bernoulli likelihood of values outside [0, 1].
    """
    for name, values in (("hidden_widths", config.hidden_widths), ("channels", config.channels)):
        if any(not 1 <= value <= 16_384 for value in values):
            raise ConfigError(f"model.{name} = {','.join(map(str, values))}: each must lie between 1 and 16384")
    if config.network == "convolutional" and description.kind != "image":
        raise ConfigError(f"model.network = convolutional needs pictures; {description.name} has vectors: use dense")
    if config.likelihood == "bernoulli" and not description.unit_range:
        raise ConfigError(
            f"model.likelihood = bernoulli needs values in [0, 1]; those of {description.name} are not: use gaussian"
        )
    if config.likelihood == "auto":
        bernoulli = description.unit_range and description.kind == "image"
        return replace(config, likelihood="bernoulli" if bernoulli else "gaussian")
    return config


def build_encoder(config: NetworkConfig, shape: tuple[int, ...], outputs: int) -> nn.Sequential:
    """Build x (batch, *shape) → (batch, outputs)."""
    layers: list[nn.Module] = []
    if config.network == "convolutional":
        sizes = _picture_sizes(config, shape)
        for (before, after), _ in zip(pairwise((shape[0], *config.channels)), sizes, strict=False):
            layers += [nn.Conv2d(before, after, 3, config.stride, padding=1), ACTIVATIONS[config.activation]()]
        inputs = config.channels[-1] * math.prod(sizes[-1])
    else:
        inputs = math.prod(shape)
    layers.append(nn.Flatten())
    layers += _dense((inputs, *_dense_widths(config), outputs), config.activation)
    return nn.Sequential(*layers)


def build_decoder(config: NetworkConfig, shape: tuple[int, ...]) -> nn.Sequential:
    """Build z (batch, latent_dim) → the likelihood's parameters (batch, *shape), the encoder mirrored."""
    widths = (config.latent_dim, *reversed(_dense_widths(config)))
    if config.network == "dense":
        layers = _dense((*widths, math.prod(shape)), config.activation)
        return nn.Sequential(*layers, nn.Unflatten(1, shape))
    sizes = _picture_sizes(config, shape)
    smallest = (config.channels[-1], *sizes[-1])
    layers = _dense((*widths, math.prod(smallest)), config.activation)
    layers += [ACTIVATIONS[config.activation](), nn.Unflatten(1, smallest)]
    channels = (*reversed(config.channels), shape[0])
    for (before, after), (small, large) in zip(pairwise(channels), pairwise(reversed(sizes)), strict=True):
        # A transposed convolution alone gives (small − 1)·stride + 1: the rest makes any picture size come out.
        rest = tuple(b - ((s - 1) * config.stride + 1) for s, b in zip(small, large, strict=True))
        layers.append(nn.ConvTranspose2d(before, after, 3, config.stride, padding=1, output_padding=rest))  # type: ignore[arg-type]
        layers.append(ACTIVATIONS[config.activation]())
    return nn.Sequential(*layers[:-1])


def likelihood_of(config: NetworkConfig, parameters: torch.Tensor) -> Likelihood:
    """Give p(x|z) for what the decoder's network gave, (batch, *shape)."""
    if config.likelihood == "bernoulli":
        return Bernoulli(parameters)
    return Gaussian(parameters, config.sigma)


def initialise(module: nn.Module, generator: Generator) -> None:
    """Draw all weights anew from one generator, as torch's own layers do from the global one.

    Uniform within 1/√fan_in (He et al. 2015 with a = √5).
    """
    for layer in module.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            nn.init.kaiming_uniform_(layer.weight, a=math.sqrt(5), generator=generator)
            if layer.bias is not None:
                bound = 1 / math.sqrt(layer.weight[0].numel())
                nn.init.uniform_(layer.bias, -bound, bound, generator=generator)


def _dense_widths(config: NetworkConfig) -> tuple[int, ...]:
    """Give the hidden dense layers: all of them, or the last alone behind convolutions."""
    return config.hidden_widths if config.network == "dense" else config.hidden_widths[-1:]


def _dense(widths: Sequence[int], activation: str) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), ACTIVATIONS[activation]()]
    return layers[:-1]


def _picture_sizes(config: NetworkConfig, shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """Give the picture's height and width before the first and after each convolution."""
    sizes = [(shape[1], shape[2])]
    for _ in config.channels:
        height, width = sizes[-1]
        sizes.append((math.ceil(height / config.stride), math.ceil(width / config.stride)))
    return sizes

"""The layers that networks are built of, and how their weights are initialized.

torch draws the initial weights of a layer, and the masks of its dropout, from the global generator. Here `initialise`
draws all weights from one given generator, and `SeededDropout` its masks from another.
"""

import math
from typing import Literal, Protocol, runtime_checkable

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

Activation = Literal["relu", "gelu", "silu", "tanh", "sigmoid", "softplus", "elu", "leaky_relu", "identity"]

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "softplus": nn.Softplus,
    "elu": nn.ELU,
    "leaky_relu": nn.LeakyReLU,
    "identity": nn.Identity,
}


@runtime_checkable
class Initializing(Protocol):
    """A module that initializes its own weights and buffers."""

    def initialise(self, generator: Generator) -> None:
        """Set every weight and buffer of the module itself, but not those of its children."""


def initialise(module: nn.Module, generator: Generator) -> None:
    """Draw all weights of a module from one generator.

    The distribution is that of torch's own layers, uniform within 1/√fan_in (He et al. 2015 with a = √5). Layers that
    normalize start with weight 1, bias 0, running mean 0 and running variance 1. Modules with other weights or buffers
    set them in a method ``initialise(generator)``.
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
        elif isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d | nn.LayerNorm | nn.GroupNorm | nn.PReLU):
            layer.reset_parameters()  # constants: nothing is drawn


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


class Affine(nn.Module):
    """x · factor + offset with two fixed numbers, which rescales values: 2 and −1 map [0, 1] to [−1, 1]."""

    def __init__(self, factor: float, offset: float) -> None:
        super().__init__()
        self.factor, self.offset = factor, offset

    def forward(self, x: Tensor) -> Tensor:
        """Return a tensor of the shape of x."""
        return x * self.factor + self.offset

    def extra_repr(self) -> str:
        """Return the numbers, as torch prints them."""
        return f"{self.factor:g}, {self.offset:g}"


class SeededDropout(nn.Dropout):
    """Dropout whose masks come from the generator that `seed_dropout` gives; without one it is the identity.

    A model has no random state of its own, and a resumed training must draw the masks that an uninterrupted one draws.
    """

    generator: Generator | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Return x with a share p of its values set to 0 and the others divided by 1 − p; x itself in evaluation."""
        if not self.training or self.generator is None or self.p == 0:
            return x
        # Drawn on the CPU: a generator on another device would draw other numbers.
        kept = torch.rand(x.shape, generator=self.generator) >= self.p
        dropped: Tensor = x * kept.to(x.device) / (1 - self.p)
        return dropped


def dropouts(module: nn.Module) -> tuple[SeededDropout, ...]:
    """Return the dropout layers of a module, in order."""
    return tuple(layer for layer in module.modules() if isinstance(layer, SeededDropout))

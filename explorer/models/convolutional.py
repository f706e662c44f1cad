"""Convolutional layers of an encoder, and their mirror image for a decoder, for pictures of any size.

Each strided convolution divides the sides by the stride, rounded up, and may be followed by residual blocks. The
decoder undoes this with transposed convolutions, whose output padding restores the exact size.
"""

import math
from itertools import pairwise

from torch import Generator, Tensor, nn


class ResidualBlock(nn.Module):
    """x + conv(act(conv(act(x)))): two convolutions, each after its activation, with an identity shortcut.

    He et al. 2016, "Identity mappings in deep residual networks" (arXiv 1603.05027). Instead of batch norm, whose
    running averages are a state besides the weights, the last convolution is initialised with zeros. Each block then
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

"""The convolutional part of an encoder and its mirror, plain or with residual blocks, for pictures of any size."""

import math
from itertools import pairwise

from torch import Generator, Tensor, nn


class ResidualBlock(nn.Module):
    """x + conv(act(conv(act(x)))): an identity shortcut around two convolutions that come after their activation.

    He et al. 2016, "Identity mappings in deep residual networks" (arXiv 1603.05027). There is no batch norm, whose
    running averages are a second state beside the weights; the last convolution begins at zero instead, so that each
    block begins as the identity and any depth can be trained (Zhang et al. 2019, arXiv 1901.09321).
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
    """A convolution that begins at zero."""

    def initialise(self, generator: Generator) -> None:
        """Set weights and bias to zero."""
        nn.init.zeros_(self.weight)
        if self.bias is not None:
            nn.init.zeros_(self.bias)


def convolutions(
    shape: tuple[int, ...], channels: tuple[int, ...], stride: int, activation: type[nn.Module], blocks: int = 0
) -> list[nn.Module]:
    """Build (batch, *shape) → (batch, *smallest_shape): one strided convolution per channel, ``blocks`` behind each."""
    layers: list[nn.Module] = []
    for before, after in pairwise((shape[0], *channels)):
        layers.append(nn.Conv2d(before, after, 3, stride, padding=1))
        layers += [ResidualBlock(after, activation) for _ in range(blocks)]
        layers.append(activation())
    return layers


def transposed_convolutions(
    shape: tuple[int, ...], channels: tuple[int, ...], stride: int, activation: type[nn.Module], blocks: int = 0
) -> list[nn.Module]:
    """Build (batch, *smallest_shape) → (batch, *shape), the mirror of `convolutions`; its last layer is bare."""
    sizes = _sizes(shape, channels, stride)
    layers: list[nn.Module] = []
    for (before, after), (small, large) in zip(
        pairwise((*reversed(channels), shape[0])), pairwise(reversed(sizes)), strict=True
    ):
        layers += [ResidualBlock(before, activation) for _ in range(blocks)]
        # A transposed convolution alone gives (small − 1)·stride + 1: the rest makes any picture size come out.
        rest = (large[0] - (small[0] - 1) * stride - 1, large[1] - (small[1] - 1) * stride - 1)
        layers.append(nn.ConvTranspose2d(before, after, 3, stride, padding=1, output_padding=rest))
        layers.append(activation())
    return layers[:-1]


def smallest_shape(shape: tuple[int, ...], channels: tuple[int, ...], stride: int) -> tuple[int, int, int]:
    """Return channels, height and width behind the last convolution; without one, the picture's own."""
    return ((shape[0], *channels)[-1], *_sizes(shape, channels, stride)[-1])


def _sizes(shape: tuple[int, ...], channels: tuple[int, ...], stride: int) -> list[tuple[int, int]]:
    """Return the picture's height and width before the first and after each convolution."""
    sizes = [(shape[1], shape[2])]
    for _ in channels:
        height, width = sizes[-1]
        sizes.append((math.ceil(height / stride), math.ceil(width / stride)))
    return sizes

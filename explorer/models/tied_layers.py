"""Tied weights: a decoder whose matrices are the encoder's, transposed; only its biases are its own."""

import math

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional


class Transposed(nn.Module):
    """The way back through a linear layer: x (batch, out) → x·W + b (batch, in), with that layer's own W (out, in).

    Parameters
    ----------
    layer
        Stays the encoder's: its weight is neither a weight of this module, nor copied.
    """

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self._layer = (layer,)  # in a tuple, as torch would take a module for a child and count its weights twice
        self.bias = nn.Parameter(torch.empty(layer.in_features))

    @property
    def weight(self) -> Tensor:
        """The layer's weight, transposed: (in, out)."""
        return self._layer[0].weight.T

    def initialise(self, generator: Generator) -> None:
        """Draw the bias as a linear layer of this size does."""
        bound = 1 / math.sqrt(self._layer[0].out_features)
        nn.init.uniform_(self.bias, -bound, bound, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        """Return x·W + b."""
        return functional.linear(x, self.weight, self.bias)


def tied_decoder(encoder: nn.Sequential, shape: tuple[int, ...]) -> nn.Sequential:
    """Build z (batch, latent_dim) → (batch, *shape) as a dense encoder's mirror image with its weights.

    Parameters
    ----------
    encoder
        Layers as `explorer.models.networks.build_encoder` makes them: linear ones, activations between.
    """
    layers: list[nn.Module] = [
        Transposed(layer) if isinstance(layer, nn.Linear) else layer for layer in list(encoder)[1:]
    ]
    return nn.Sequential(*reversed(layers), nn.Unflatten(1, shape))

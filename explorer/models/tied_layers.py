"""Tied weights: a decoder that uses the transposed matrices of the encoder, and has only biases of its own."""

import math

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional


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
    """
    # The first layer flattens; its inverse is the unflattening at the end.
    layers: list[nn.Module] = [
        Transposed(layer) if isinstance(layer, nn.Linear) else layer for layer in list(encoder)[1:]
    ]
    return nn.Sequential(*reversed(layers), nn.Unflatten(1, shape))

"""The game of a generator and a discriminator (Goodfellow et al. 2014, arXiv 1406.2661)."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

LEAK = 0.2
"""Slope of the discriminator's leaky ReLU below 0 (Radford et al. 2016, arXiv 1511.06434)."""


def dense(widths: Sequence[int], activation: nn.Module) -> list[nn.Module]:
    """Return linear layers between these widths, with the activation, which has no weights, between them."""
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), activation]
    return layers[:-1]


def build_discriminator(features: int, widths: Sequence[int]) -> nn.Sequential:
    """Build x (batch, *shape) → logit of "x is real" (batch, 1)."""
    return nn.Sequential(nn.Flatten(), *dense((features, *widths, 1), nn.LeakyReLU(LEAK)))


def discriminator_loss(real: Tensor, made: Tensor) -> Tensor:
    """Return −E log D(real) − E log(1 − D(made)) in nats, of logits (batch, 1).

    Its minimum over all D is at D = p/(p + q), of value 2 log 2 − 2 JS(p ‖ q): Goodfellow et al. 2014, section 4.1.
    """
    return functional.softplus(-real).mean() + functional.softplus(made).mean()


def generator_loss(made: Tensor) -> Tensor:
    """Return −E log D(made) in nats: the loss that does not saturate (Goodfellow et al. 2014, section 3)."""
    return functional.softplus(-made).mean()


def gradient_penalty(discriminator: nn.Module, real: Tensor) -> Tensor:
    """Return ½ E ‖∇ logit D(x)‖² at real samples: R₁ of Mescheder et al. 2018 (arXiv 1801.04406), unweighted."""
    x = real.detach().requires_grad_(True)
    gradient: Tensor
    (gradient,) = torch.autograd.grad(discriminator(x).sum(), x, create_graph=True)
    return 0.5 * gradient.flatten(1).square().sum(1).mean()

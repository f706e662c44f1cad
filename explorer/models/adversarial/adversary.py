"""The losses of a generator and a discriminator (Goodfellow et al. 2014, arXiv 1406.2661)."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

LEAK = 0.2
"""Slope of the discriminator's leaky ReLU below 0 (Radford et al. 2016, arXiv 1511.06434)."""


def dense(widths: Sequence[int], activation: nn.Module) -> list[nn.Module]:
    """Return linear layers between consecutive widths, with a weightless activation between the layers."""
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), activation]
    return layers[:-1]


def build_discriminator(features: int, widths: Sequence[int]) -> nn.Sequential:
    """Build the network x (batch, *shape) → logit of the probability that x is real (batch, 1)."""
    return nn.Sequential(nn.Flatten(), *dense((features, *widths, 1), nn.LeakyReLU(LEAK)))


def discriminator_loss(real: Tensor, generated: Tensor) -> Tensor:
    """Return −E log D(real) − E log(1 − D(generated)) in nats, from logits (batch, 1).

    The minimum over all D is 2 log 2 − 2 JS(p ‖ q), at D = p/(p + q): Goodfellow et al. 2014, section 4.1.
    """
    # softplus(−a) = −log sigmoid(a), without overflow
    return functional.softplus(-real).mean() + functional.softplus(generated).mean()


def generator_loss(generated: Tensor) -> Tensor:
    """Return the non-saturating loss −E log D(generated) in nats (Goodfellow et al. 2014, section 3)."""
    return functional.softplus(-generated).mean()


def gradient_penalty(discriminator: nn.Module, real: Tensor) -> Tensor:
    """Return ½ E ‖∇ logit D(x)‖² at real samples, the R₁ penalty of Mescheder et al. 2018 (arXiv 1801.04406)."""
    x = real.detach().requires_grad_(True)  # the gradient with respect to x, not to the weights of a generator
    gradient: Tensor
    # The sum has the gradients of all samples at once; create_graph lets the penalty itself be differentiated.
    (gradient,) = torch.autograd.grad(discriminator(x).sum(), x, create_graph=True)
    return 0.5 * gradient.flatten(1).square().sum(1).mean()

"""The von Mises distribution of angles, such as directions or hours of a day."""

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from explorer.models.likelihoods.likelihood import numpy_generator


@dataclass(frozen=True)
class VonMises:
    """Independent angles in radians with ``mean`` μ (batch, features) and ``concentration`` κ, () or (features,).

    p(x) = exp(κ·cos(x − μ)) / (2π·I₀(κ)): Mardia and Jupp 2000, "Directional statistics", section 3.5.4. For large κ it
    resembles a Gaussian of σ = 1/√κ, and for κ → 0 all angles are equally probable.
    """

    mean: Tensor
    concentration: Tensor

    def sample(self, generator: Generator) -> Tensor:
        """Draw angles from −π to π, (batch, features)."""
        mean, kappa = (values.detach().cpu().double().numpy() for values in (self.mean, self.concentration))
        drawn = numpy_generator(generator).vonmises(mean, kappa)
        return torch.as_tensor(drawn, dtype=self.mean.dtype, device=self.mean.device)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log-density per radian in nats, constants included, (batch,)."""
        kappa = self.concentration
        # κ·cos d − log I₀(κ) is a difference of large numbers; i0e(κ) = I₀(κ)·exp(−κ), and cos d − 1 = −2·sin²(d/2).
        towards = -2 * kappa * torch.sin((x - self.mean) / 2).square()
        log_probs = towards - torch.log(torch.special.i0e(kappa)) - math.log(2 * math.pi)
        return log_probs.flatten(1).sum(1)

"""The last layer of a decoder: from what its network gives to p(x|z)."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Generator, Tensor, nn

from explorer.models.continuous_bernoulli import ContinuousBernoulli
from explorer.models.latent_model import Likelihood
from explorer.models.likelihoods import Bernoulli, Gaussian

LOG_SIGMA_BOUND = 8.0
"""|log σ| of a learned σ stays below this: σ between 3e-4 and 3,000; tanh bends to it."""

SPEED = 10.0
"""How many times faster than a weight log σ may move: Adam moves each by at most its learning rate a step, and σ has
to come from where it begins to the data's scale within some hundred steps."""


class LikelihoodLayer(nn.Module):
    """Return p(x|z) of a decoder's output (batch, *shape); it holds no weights but a learned σ.

    Parameters
    ----------
    kind
        ``"bernoulli"``, ``"continuous bernoulli"``, ``"gaussian"`` or ``"gaussian with learned sigma"``.
    sigma
        The standard deviation of a Gaussian, in model values; where a learned one begins.
    """

    def __init__(self, kind: str, sigma: float) -> None:
        super().__init__()
        self._kind, self._sigma = kind, sigma
        self.raw_log_sigma = nn.Parameter(torch.empty(())) if kind == "gaussian with learned sigma" else None

    @property
    def sigma(self) -> Tensor | None:
        """The learned σ, one for all features and samples, in model values; None where it is not learned.

        The maximum of the likelihood has σ² = the mean squared error of a feature: Rybkin, Daniilidis and Levine 2021,
        "Simple and effective VAE training with calibrated decoders" (arXiv 2006.13202). It is learned by gradient with
        the other weights, so that a checkpoint has it and each figure uses the same one.
        """
        if self.raw_log_sigma is None:
            return None
        return (LOG_SIGMA_BOUND * torch.tanh(SPEED * self.raw_log_sigma / LOG_SIGMA_BOUND)).exp()

    def initialise(self, generator: Generator) -> None:
        """Let σ begin where the config says."""
        if self.raw_log_sigma is not None:
            raw = LOG_SIGMA_BOUND * math.atanh(math.log(self._sigma) / LOG_SIGMA_BOUND) / SPEED
            nn.init.constant_(self.raw_log_sigma, raw)

    def forward(self, parameters: Tensor) -> Likelihood:
        """Return p(x|z)."""
        sigma = self.sigma
        if sigma is not None:
            return Gaussian(parameters, sigma)
        return _FIXED[self._kind](parameters, self._sigma)

    def figures(self) -> Mapping[str, float]:
        """Return σ where it is learned, for a family's `observe`."""
        sigma = self.sigma
        return {} if sigma is None else {"sigma": sigma.item()}


_FIXED: dict[str, Callable[[Tensor, float], Likelihood]] = {
    "bernoulli": lambda parameters, _: Bernoulli(parameters),
    "continuous bernoulli": lambda parameters, _: ContinuousBernoulli(parameters),
    "gaussian": Gaussian,
}

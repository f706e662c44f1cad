"""The last layers of decoders: they map its output to p(x|z), and have the weights that belong to p(x|z) itself."""

from collections.abc import Callable, Mapping

import torch
from torch import Generator, Tensor, nn

from explorer.models.likelihoods.bernoulli import Bernoulli
from explorer.models.likelihoods.continuous_bernoulli import ContinuousBernoulli
from explorer.models.likelihoods.counts import NegativeBinomial, Poisson, ZeroInflated, log_mean_of
from explorer.models.likelihoods.gaussian import Gaussian
from explorer.models.likelihoods.learned import SPEED, log_of, raw_of
from explorer.models.likelihoods.likelihood import Likelihood

# Not ½: a model that starts with many additional zeros can explain all zeros by them, and learns no mean.
FIRST_INFLATION = -2.0
"""Initial logit of the probability of an additional zero: 12 %."""


class LikelihoodLayer(nn.Module):
    """The last layer of a decoder: maps its output (batch, *shape) to p(x|z). Its only weight is a learned σ.

    Parameters
    ----------
    kind
        ``"bernoulli"``, ``"continuous bernoulli"``, ``"gaussian"`` or ``"gaussian with learned sigma"``.
    sigma
        Standard deviation of a Gaussian in model values, or the initial value of a learned one.
    """

    def __init__(self, kind: str, sigma: float) -> None:
        super().__init__()
        self._kind, self._sigma = kind, sigma
        self.raw_log_sigma = nn.Parameter(torch.empty(())) if kind == "gaussian with learned sigma" else None

    @property
    def sigma(self) -> Tensor | None:
        """The learned σ in model values, a scalar for all features and samples; None if it is not learned.

        The likelihood is highest for σ² = the mean squared error per feature: Rybkin, Daniilidis and Levine 2021,
        "Simple and effective VAE training with calibrated decoders" (arXiv 2006.13202). It is learned by gradient
        descent with the other weights, so that checkpoints contain it and all figures use the same value.
        """
        if self.raw_log_sigma is None:
            return None
        return log_of(self.raw_log_sigma).exp()

    def initialise(self, generator: Generator) -> None:
        """Set a learned σ to its initial value from the config."""
        if self.raw_log_sigma is not None:
            nn.init.constant_(self.raw_log_sigma, raw_of(self._sigma))

    def forward(self, parameters: Tensor) -> Likelihood:
        """Return p(x|z)."""
        sigma = self.sigma
        if sigma is not None:
            return Gaussian(parameters, sigma)
        return _FIXED[self._kind](parameters, self._sigma)

    def figures(self) -> Mapping[str, float]:
        """Return σ if it is learned, for `LatentModel.observe`."""
        sigma = self.sigma
        return {} if sigma is None else {"sigma": sigma.item()}


_FIXED: dict[str, Callable[[Tensor, float], Likelihood]] = {
    "bernoulli": lambda parameters, _: Bernoulli(parameters),
    "continuous bernoulli": lambda parameters, _: ContinuousBernoulli(parameters),
    "gaussian": Gaussian,
}


class CountLayer(nn.Module):
    """Maps the output η (batch, *shape) of a decoder to counts of the mean exp(η).

    Its weights are one dispersion θ and one probability π of an additional zero per feature, equal for all samples, as
    scVI's dispersion per gene. (scVI's decoder returns π; here it returns one number per feature, whatever the
    likelihood.)

    Parameters
    ----------
    kind
        A name in `COUNT_LIKELIHOODS`.
    """

    def __init__(self, kind: str, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.raw_log_dispersion = nn.Parameter(torch.empty(shape)) if "negative binomial" in kind else None
        self.raw_inflation = nn.Parameter(torch.empty(shape)) if "zero-inflated" in kind else None

    def initialise(self, generator: Generator) -> None:
        """Set θ to 1, and π to 12 %."""
        if self.raw_log_dispersion is not None:
            nn.init.zeros_(self.raw_log_dispersion)
        if self.raw_inflation is not None:
            # `forward` multiplies by SPEED.
            nn.init.constant_(self.raw_inflation, FIRST_INFLATION / SPEED)

    def forward(self, parameters: Tensor) -> Likelihood:
        """Return p(x|z)."""
        log_mean = log_mean_of(parameters)
        counts: Poisson | NegativeBinomial = Poisson(log_mean)
        if self.raw_log_dispersion is not None:
            counts = NegativeBinomial(log_mean, log_of(self.raw_log_dispersion))
        return counts if self.raw_inflation is None else ZeroInflated(counts, SPEED * self.raw_inflation)

    def figures(self) -> Mapping[str, float]:
        """Return the median θ."""
        if self.raw_log_dispersion is None:
            return {}
        return {"dispersion": log_of(self.raw_log_dispersion.detach()).median().exp().item()}


COUNT_LIKELIHOODS = (
    "poisson",
    "negative binomial",
    "zero-inflated poisson",
    "zero-inflated negative binomial",
)
"""The likelihoods of counts, whose model values are the counts themselves."""

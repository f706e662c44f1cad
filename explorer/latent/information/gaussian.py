"""Information of Gaussians: closed forms, and one Gaussian fitted to a mixture of two by either direction of KL.

KL(N(μ, σ²) ‖ N(0, 1)) = ½(μ² + σ² − log σ² − 1) is the KL of one latent dimension of a VAE. `kl_terms` splits it into
its four terms. For a mixture there is no closed form, and integrals are sums over a fine grid.
"""

from dataclasses import dataclass
from functools import cache
from math import isfinite, log, pi, sqrt
from typing import Final

import numpy as np

from explorer.config import ConfigError
from explorer.latent.information.discrete import Values

GRID_POINTS = 4001
"""Points of the grid that integrates over a mixture."""
REACH = 12.0
"""Half width of the grid in standard deviations of the widest Gaussian."""


@dataclass(frozen=True)
class Normal:
    """A Gaussian in one dimension."""

    mean: float
    sigma: float

    def density(self, x: Values) -> Values:
        """Return the density at the points x."""
        return np.exp(self.log_density(x))

    def log_density(self, x: Values) -> Values:
        """Return the log-density in nats at the points x."""
        return np.asarray(-0.5 * np.square((x - self.mean) / self.sigma) - log(self.sigma) - 0.5 * log(2 * pi))

    @property
    def entropy(self) -> float:
        """The differential entropy in nats; negative for a narrow Gaussian, as densities may exceed 1."""
        return 0.5 * log(2 * pi) + 0.5 + log(self.sigma)


STANDARD: Final = Normal(0.0, 1.0)


def gaussian(mean: float, sigma: float, name: str) -> Normal:
    """Check the parameters of a Gaussian and return it.

    Raises
    ------
    ConfigError
        If one is not a number or σ is not positive; ``name`` begins the message.
    """
    if not isfinite(mean) or not isfinite(sigma):
        raise ConfigError(f"{name}: μ and σ must be numbers, not {mean:g} and {sigma:g}")
    if sigma <= 0:
        raise ConfigError(f"{name}: σ is {sigma:g}; it must be greater than 0")
    return Normal(mean, sigma)


def kl_of_gaussians(p: Normal, q: Normal) -> float:
    """Return KL(p ‖ q) in nats."""
    ratio = (p.sigma / q.sigma) ** 2
    return 0.5 * (((p.mean - q.mean) / q.sigma) ** 2 + ratio - log(ratio) - 1)


def cross_entropy_of_gaussians(p: Normal, q: Normal) -> float:
    """Return the mean of −log q under p in nats."""
    return p.entropy + kl_of_gaussians(p, q)


@dataclass(frozen=True)
class KlTerm:
    """One term of the closed form: its key, its value in nats, and what q is like when it is large."""

    key: str
    value: float
    cause: str


def kl_terms(q: Normal) -> tuple[KlTerm, ...]:
    """Return the four terms of KL(q ‖ N(0, 1)) in nats: ½μ² ≥ 0, ½σ² ≥ 0, −½log σ² of either sign, and −½."""
    return (
        KlTerm("mean", 0.5 * q.mean**2, "q is off-centre"),
        KlTerm("variance", 0.5 * q.sigma**2, "q is wide"),
        KlTerm("log variance", -log(q.sigma), "q is narrow" if q.sigma < 1 else "q is wide, which is paid for above"),
        KlTerm("constant", -0.5, "brings the minimum to 0"),
    )


def kl_over_sigma(mean: float, sigmas: Values) -> Values:
    """Return KL(N(μ, σ²) ‖ N(0, 1)) in nats for each σ; it grows without limit as σ → 0."""
    return np.asarray(0.5 * (mean**2 + np.square(sigmas) - 1) - np.log(sigmas))


@dataclass(frozen=True)
class Mixture:
    """A mixture of Gaussians."""

    weights: tuple[float, ...]
    parts: tuple[Normal, ...]

    def density(self, x: Values) -> Values:
        """Return the density at the points x."""
        return np.exp(self.log_density(x))

    def log_density(self, x: Values) -> Values:
        """Return the log-density in nats at the points x."""
        logs = [part.log_density(x) + log(weight) for weight, part in zip(self.weights, self.parts, strict=True)]
        return np.asarray(np.logaddexp.reduce(logs))


TWO_HUMPS: Final = Mixture((0.6, 0.4), (Normal(-1.5, 0.5), Normal(1.5, 0.5)))
"""The target of the comparison of forward and reverse KL."""


@dataclass(frozen=True)
class Fit:
    """A Gaussian q fitted to a mixture p, with both directions of KL in nats."""

    q: Normal
    forward: float
    reverse: float


def forward_kl(p: Mixture, q: Normal) -> float:
    """Return KL(p ‖ q) in nats: the expectation is under the mixture."""
    # The mixture is positive everywhere, so the logarithm is finite.
    x, step = _grid(p, q)
    log_p = p.log_density(x)
    return float((np.exp(log_p) * (log_p - q.log_density(x))).sum() * step)


def reverse_kl(p: Mixture, q: Normal) -> float:
    """Return KL(q ‖ p) in nats: the expectation is under the Gaussian."""
    x, step = _grid(p, q)
    log_q = q.log_density(x)
    return float((np.exp(log_q) * (log_q - p.log_density(x))).sum() * step)


@cache
def fit_forward(p: Mixture = TWO_HUMPS) -> Fit:
    """Return the Gaussian with the smallest KL(p ‖ q): the one with the mean and variance of the mixture."""
    mean = sum(weight * part.mean for weight, part in zip(p.weights, p.parts, strict=True))
    square = sum(weight * (part.mean**2 + part.sigma**2) for weight, part in zip(p.weights, p.parts, strict=True))
    q = Normal(mean, sqrt(square - mean**2))
    return Fit(q, forward_kl(p, q), reverse_kl(p, q))


@cache
def fit_reverse(p: Mixture = TWO_HUMPS) -> Fit:
    """Return the Gaussian with the smallest KL(q ‖ p), by numerical optimization from each hump."""
    from scipy.optimize import minimize

    def loss(parameters: Values) -> float:
        # The logarithm of σ, so that every step of the search has a positive σ.
        return reverse_kl(p, Normal(float(parameters[0]), float(np.exp(parameters[1]))))

    # KL(q ‖ p) has a local minimum at each hump: the search starts from all of them.
    found = [minimize(loss, (part.mean, log(part.sigma)), method="Nelder-Mead") for part in p.parts]
    best = min(found, key=lambda one: float(one.fun))
    q = Normal(float(best.x[0]), float(np.exp(best.x[1])))
    return Fit(q, forward_kl(p, q), reverse_kl(p, q))


def _grid(p: Mixture, q: Normal) -> tuple[Values, float]:
    gaussians = (*p.parts, q)
    # Wide enough that the tails beyond it carry less than rounding.
    width = REACH * max(one.sigma for one in gaussians)
    low, high = min(one.mean for one in gaussians) - width, max(one.mean for one in gaussians) + width
    x = np.linspace(low, high, GRID_POINTS)
    return x, float(x[1] - x[0])

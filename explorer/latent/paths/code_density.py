"""The density of codes at any point of latent space, in any number of dimensions, and its gradient.

1. Draw up to `MAX_CODES` of the codes of the bulk.
2. Measure their spread along each axis, and derive kernel widths by Scott's rule, times several factors.
3. Keep the factor with the highest likelihood of the codes, each left out of its own estimate.
4. Divide by the density at the median code, so that 1 is typical in any number of dimensions.

`explorer.latent.density.kernel_density` is more exact on a plane, but has a grid, which more dimensions do not allow.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explorer.latent.bulk import bulk_of
from explorer.latent.steps import Absent, Steps

Values = NDArray[np.float64]

MAX_CODES, MIN_CODES = 2_000, 10
"""Maximum number of kernels, and the fewest codes that have a density."""
FACTORS = (2.0, 1.4, 1.0, 0.7, 0.5, 0.35)
"""Kernel widths to try, as factors of that by Scott's rule."""
ROWS = 48
"""Points whose distances to all kernels are computed at once."""
SAME = 1e-9
"""Half the squared distance in kernel widths up to which a point lies on a kernel: the rounding of codes."""
FLOOR = 0.1
"""Bounds the weight where there are no codes: it is at most 1 + 1 / `FLOOR`, that is 11."""


@dataclass(frozen=True, eq=False)
class CodeDensity:
    """A kernel density estimate with Gaussian kernels.

    Attributes
    ----------
    kernels
        The codes divided by ``width``, ``(k, latent_dim)``.
    width
        Standard deviation of a kernel along each axis in latent units; infinite along axes without spread, whose
        values say nothing about where codes are.
    median
        Logarithm of the density, without the constant of the kernels, at the median code.
    """

    kernels: Values
    width: Values
    median: float

    def relative(self, z: NDArray[np.floating]) -> Values:
        """Return the density at points ``(n, latent_dim)`` relative to that at the median code, ``(n,)``."""
        return self.relative_with_gradient(z)[0]

    def without(self, z: NDArray[np.floating]) -> "CodeDensity":
        """Return the estimate without the kernels that lie on one of the points ``(n, latent_dim)``.

        A code that is asked about its own density would count as its own neighbour. In many dimensions that kernel
        alone exceeds all others by powers of ten, and each end of a path between samples would be a peak.
        """
        kept = _exponents(np.asarray(z, np.float64) / self.width, self.kernels).max(axis=0) < -SAME
        # Keep all kernels if too few would be left for a density.
        return replace(self, kernels=self.kernels[kept]) if kept.sum() >= MIN_CODES else self

    def relative_with_gradient(self, z: NDArray[np.floating]) -> tuple[Values, Values]:
        """Return the relative density ``(n,)`` and its gradient in latent units ``(n, latent_dim)``."""
        given = np.asarray(z, np.float64) / self.width
        exponents = _exponents(given, self.kernels)
        logarithm, shares = _log_of_sum(exponents)
        # The limit keeps e^x finite where all codes are nearly equal.
        density = np.exp(np.minimum(logarithm - np.log(len(self.kernels)) - self.median, 50.0))
        return density, density[:, None] * (shares @ self.kernels - given) / self.width

    def weight_with_gradient(self, z: NDArray[np.floating]) -> tuple[Values, Values]:
        """Return the weight of the density metric ``(n,)`` and its gradient ``(n, latent_dim)``.

        It is (1 + ε) / (r / (1 + r) + ε) for the relative density r and ε = `FLOOR`: 1 where codes are dense, 11 where
        there are none. The bound follows Arvanitidis, Hauberg and Schölkopf 2021, "Geometrically enriched latent
        spaces".
        """
        density, gradient = self.relative_with_gradient(z)
        share = density / (1 + density)
        weight = (1 + FLOOR) / (share + FLOOR)
        # The chain rule: d share / d density is 1 / (1 + density)².
        slope = -weight / (share + FLOOR) / (1 + density) ** 2
        return weight, slope[:, None] * gradient


def density_of_codes(codes: NDArray[np.floating], seed: int = 0) -> Steps[CodeDensity | Absent]:
    """Estimate the density of codes ``(n, latent_dim)``; those that are not finite or far out are left out.

    The width of the kernels along each axis is Scott's factor n^(−1/(4 + latent_dim)) times the standard deviation,
    times the factor in `FACTORS` with the highest leave-one-out likelihood (Silverman 1986, "Density Estimation").
    """
    bulk = bulk_of(codes)
    if len(bulk) < MIN_CODES:
        return Absent(f"a density needs at least {MIN_CODES} codes, not {len(bulk)}")
    if len(bulk) > MAX_CODES:
        chosen = np.random.default_rng(seed).choice(len(bulk), MAX_CODES, replace=False)
        bulk = bulk[np.sort(chosen)]
    spread = bulk.std(axis=0)
    spread = np.where(spread > 1e-6 * np.abs(bulk).max(), spread, np.inf)
    if not np.isfinite(spread).any():
        return Absent("the codes do not differ")
    # Axes without spread have no kernels, so they do not count as dimensions.
    used = int(np.isfinite(spread).sum())
    # Scott's rule is for one normal cloud, and is too wide for several: factors narrow it.
    widest = spread * len(bulk) ** (-1 / (4 + used))
    best, best_fit = (1.0, np.zeros(1)), -np.inf
    for factor in FACTORS:
        left_out = yield from _left_out(bulk / (factor * widest))
        fit = float(np.mean(left_out)) - used * np.log(factor)
        if fit > best_fit:
            best, best_fit = (factor, left_out), fit
    factor, left_out = best
    return CodeDensity(bulk / (factor * widest), factor * widest, float(np.median(left_out)))


def _left_out(kernels: Values) -> Steps[Values]:
    """Return the log-density of each kernel's centre by all other kernels, without the constant of a kernel."""
    found = np.empty(len(kernels))
    for start in range(0, len(kernels), ROWS):
        rows = np.arange(start, min(start + ROWS, len(kernels)))
        exponents = _exponents(kernels[rows], kernels)
        exponents[np.arange(len(rows)), rows] = -np.inf
        found[rows] = _log_of_sum(exponents)[0]
        yield
    # A code far from all others would otherwise decide the width alone.
    found_floor: Values = np.maximum(found - np.log(len(kernels) - 1), -50.0)
    return found_floor


def _exponents(points: Values, kernels: Values) -> Values:
    """Return −½ |point − kernel|², ``(n, k)``."""
    squares = (points**2).sum(axis=1)[:, None] - 2 * points @ kernels.T + (kernels**2).sum(axis=1)
    found: Values = -0.5 * np.maximum(squares, 0.0)
    return found


def _log_of_sum(exponents: Values) -> tuple[Values, Values]:
    """Return the logarithm of the sum of e^exponent in each row ``(n,)``, and the share of each in its sum."""
    # Subtracted first, as e^x of all exponents may be 0.
    highest = exponents.max(axis=1, keepdims=True)
    shares = np.exp(exponents - highest)
    total = shares.sum(axis=1, keepdims=True)
    return (highest + np.log(total))[:, 0], shares / total

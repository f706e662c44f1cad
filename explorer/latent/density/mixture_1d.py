"""Densities along one axis: of Gaussians (posteriors, a prior's components) and of their mean over many samples."""

import numpy as np
from numpy.typing import NDArray

from explorer.latent.passes import Passes, at_once

Values = NDArray[np.float64]

FARTHEST = 6.0
"""Standard deviations beyond which a bell is nothing."""
NARROWEST = 1 / 8
"""Of a bin: a narrower bell fills it like a point."""
LEVELS_RATIO = 1.2
"""Between one width of bells and the next, when many are put together."""
FINEST = 1 / 8
"""Of their width: how near bells lie that are put together."""
AT_ONCE = 200_000
"""Values of the normal distribution that are computed in one part, some milliseconds."""


def bell_densities(edges: Values, means: Values, deviations: Values) -> Values:
    """Return ``(k, bins)``, the mean density of each of k Gaussians over each bin, per latent unit.

    The mean over a bin is exact for bells of any width, also for those much narrower than a bin.

    Parameters
    ----------
    edges
        ``(bins + 1,)``, rising.
    means, deviations
        ``(k,)``.
    """
    from scipy.special import ndtr  # here, as it is slow to import

    widths = np.diff(edges)
    least = NARROWEST * float(widths.min())
    scaled = (edges - means[:, None]) / np.maximum(deviations, least)[:, None]
    densities: Values = np.diff(ndtr(scaled), axis=1) / widths
    return densities


def mixture_density(edges: Values, means: Values, deviations: Values, weights: Values | None = None) -> Values:
    """Return `mixture_in_parts` at one go."""
    return at_once(mixture_in_parts(edges, means, deviations, weights))


def mixture_in_parts(edges: Values, means: Values, deviations: Values, weights: Values | None = None) -> Passes[Values]:
    """Return ``(bins,)``, the density of a mixture of Gaussians, Σ w_i N(μ_i, σ_i²), as its mean over each bin.

    Without weights, it is the aggregate posterior along the axis, 1/N Σ q(z|x_i). Many Gaussians are put together
    first: what differs by less than a part of its width, or of a bin, is shared out between two that stand for them,
    of the same mean and variance.

    Parameters
    ----------
    edges
        ``(bins + 1,)``, evenly spaced.
    means, deviations, weights
        ``(n,)``, finite; weights add up to 1.
    """
    if len(means) == 0:
        return np.zeros(len(edges) - 1)
    shares = np.full(len(means), 1 / len(means)) if weights is None else weights
    width = float(edges[1] - edges[0])
    widths = np.maximum(deviations, NARROWEST * width)
    reached = (means + FARTHEST * widths > edges[0]) & (means - FARTHEST * widths < edges[-1])
    means, widths, shares = means[reached], widths[reached], shares[reached]
    if len(means) * len(edges) > AT_ONCE:
        means, widths, shares = _put_together(means, widths, shares, width)
        yield 1
    density = np.zeros(len(edges) - 1)
    count = max(1, AT_ONCE // len(edges))
    for start in range(0, len(means), count):
        part = slice(start, start + count)
        density += shares[part] @ bell_densities(edges, means[part], widths[part])
        yield 1
    return density


def _put_together(means: Values, deviations: Values, shares: Values, bin_width: float) -> tuple[Values, Values, Values]:
    """Share Gaussians out between the two nearest of a few widths, and there between the two nearest places."""
    lowest = float(deviations.min())
    levels = np.floor(np.log(deviations / lowest) / np.log(LEVELS_RATIO) + 1e-9).astype(np.intp)
    narrower, wider = lowest * LEVELS_RATIO**levels, lowest * LEVELS_RATIO ** (levels + 1.0)
    to_wider = np.clip((deviations**2 - narrower**2) / (wider**2 - narrower**2), 0, 1)
    found = []
    for level in range(int(levels.max()) + 2):
        deviation = lowest * LEVELS_RATIO**level
        here, below = levels == level, levels == level - 1
        places = np.concatenate([means[here], means[below]])
        weights = np.concatenate([(shares * (1 - to_wider))[here], (shares * to_wider)[below]])
        if len(places):
            at, weight = _gathered(places, weights, max(bin_width / 4, FINEST * deviation))
            found.append((at, np.full(len(at), deviation), weight))
    return tuple(np.concatenate(values) for values in zip(*found, strict=True))  # type: ignore[return-value]


def _gathered(places: Values, weights: Values, step: float) -> tuple[Values, Values]:
    """Share weights out between the two nearest of places a step apart; give those that got some."""
    low = float(places.min())
    at = (places - low) / step
    first = np.floor(at).astype(np.intp)
    rest = at - first
    sums: Values = np.bincount(first, weights * (1 - rest), int(first.max()) + 2).astype(np.float64)
    sums += np.bincount(first + 1, weights * rest, len(sums))
    kept = np.flatnonzero(sums)
    at_places: Values = low + kept.astype(np.float64) * step
    return at_places, sums[kept]

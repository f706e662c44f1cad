"""A mixture of Gaussians with full covariances, fitted on the codes of samples by expectation maximization.

To draw codes from such a fit instead of the prior is ex-post density estimation (Ghosh et al. 2020, "From variational
to deterministic autoencoders", section 4). The steps of a fit:

1. Leave out codes that are not finite or lie far out, and standardize each dimension.
2. For each number of components, find centres by k-means from the best of several starts (k-means++, Arthur and
   Vassilvitskii 2007), and assign each code to the nearest one.
3. Alternate M and E steps (Dempster, Laird and Rubin 1977) until the log-likelihood grows no more.
4. Keep the fit with the lowest BIC (Schwarz 1978). The search ends once the BIC has grown twice in a row.

It is the algorithm of scikit-learn's GaussianMixture, which cannot be interrupted: here each block of codes is a step.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.latent.bulk import bulk_of
from explorer.latent.codes.draws import draw_mixture
from explorer.latent.steps import Absent, Steps

Values = NDArray[np.float64]

CANDIDATES = (1, 2, 3, 5, 8, 12, 16, 20)
"""Numbers of components that BIC chooses from."""
REGULARIZATION = 1e-6
"""Added to the diagonal of each covariance, in units of the variance of the dimension."""
TOLERANCE, MAX_ITERATIONS = 1e-3, 100
"""A fit ends when the mean log-likelihood grows by less than this, or after so many iterations; as in scikit-learn."""
MIN_CODES = 2
STARTS, CENTRE_CODES, CENTRE_ITERATIONS = 5, 2_000, 20
"""Starts of k-means, the maximum number of codes that it uses, and its iterations."""
BLOCK, MIN_BLOCK = 1 << 21, 128
"""Products of two coordinates in a block of codes, and the minimum number of its codes."""
PATIENCE = 2
"""The search ends once the BIC has grown this many times in a row."""


@dataclass(frozen=True, eq=False)
class CodeMixture:
    """A mixture of K Gaussians, sorted by decreasing weight.

    Attributes
    ----------
    weights, means, covariances
        ``(K,)``, ``(K, latent_dim)`` and ``(K, latent_dim, latent_dim)`` float64.
    codes
        Number of codes that it was fitted on.
    bic
        The number of components and the BIC of each fit that was tried; lower is better.
    """

    weights: Values
    means: Values
    covariances: Values
    codes: int
    bic: tuple[tuple[int, float], ...]

    @property
    def words(self) -> str:
        """The mixture in words, such as "a mixture of 8 Gaussians fitted on 8,000 codes (8 chosen by BIC)"."""
        count = len(self.weights)
        chosen = f" ({count} chosen by BIC)" if len(self.bic) > 1 else ""
        return f"a mixture of {count} Gaussian{'s' if count > 1 else ''} fitted on {self.codes:,} codes{chosen}"

    def draw(self, count: int, rng: np.random.Generator, temperature: float = 1.0) -> NDArray[np.float32]:
        """Draw ``(count, latent_dim)`` codes; ``temperature`` multiplies the deviations from the means."""
        # A temperature multiplies deviations, so covariances by its square.
        scaled = temperature**2 * self.covariances
        drawn = draw_mixture(self.weights, self.means, scaled, count, rng, method="cholesky")
        return drawn.astype(np.float32)

    def log_prob(self, z: ArrayLike) -> Values:
        """Return the log-density in nats, ``(n,)``, of codes ``(n, latent_dim)``."""
        from scipy.special import logsumexp

        codes = np.asarray(z, np.float64)
        parts = zip(self.weights, self.means, self.covariances, strict=True)
        joint = [_log_joint(codes, weight, mean, covariance) for weight, mean, covariance in parts]
        total: Values = logsumexp(np.stack(joint, axis=1), axis=1)
        return total


def fit_mixture(codes: NDArray[np.floating], components: int = 0, seed: int = 0) -> Steps[CodeMixture | Absent]:
    """Fit a mixture on codes ``(n, latent_dim)``; yields None after each block of codes.

    Parameters
    ----------
    components
        Number of Gaussians; 0 chooses it by BIC.
    seed
        Seed of the first centres.
    """
    known = bulk_of(codes)
    if len(known) < MIN_CODES:
        return Absent(f"a mixture needs {MIN_CODES} or more finite codes, and there are {len(known)}")
    # Each Gaussian needs about as many codes as its covariance has rows.
    most = max(1, len(known) // (known.shape[1] + 1))
    if components > most:
        return Absent(f"{components} Gaussians need more than {len(known):,} codes: choose {most:,} or fewer")
    middle, spread = known.mean(axis=0), known.std(axis=0)
    # A dimension in which all codes are equal has nothing to divide by.
    spread = np.where(spread > 0, spread, 1.0)
    counts = (components,) if components else tuple(each for each in CANDIDATES if each <= most)
    (weights, means, covariances), bic = yield from _best_fit((known - middle) / spread, counts, seed)
    # The likelihood of standardized codes is that of the codes times a constant, which only shifts the BIC.
    shift = 2 * len(known) * float(np.log(spread).sum())
    order = np.argsort(-weights, kind="stable")
    return CodeMixture(
        weights[order] / weights.sum(),
        middle + spread * means[order],
        covariances[order] * np.outer(spread, spread),
        len(known),
        tuple((count, value + shift) for count, value in bic),
    )


_Parts = tuple[Values, Values, Values]
"""Weights, means and covariances."""


def _best_fit(codes: Values, counts: tuple[int, ...], seed: int) -> Steps[tuple[_Parts, list[tuple[int, float]]]]:
    """Return the fit with the lowest BIC on standardized codes, and the BIC of each number of components tried."""
    best: tuple[float, _Parts] | None = None
    tried: list[tuple[int, float]] = []
    for count in counts:
        # A new generator for each number, so that a fit does not depend on which others were tried.
        parts, log_likelihood = yield from _fit(codes, count, np.random.default_rng(seed))
        bic = float(-2 * log_likelihood + _parameters(count, codes.shape[1]) * np.log(len(codes)))
        tried.append((count, bic))
        if best is None or bic < best[0]:
            best = (bic, parts)
        if _has_grown([value for _, value in tried]):
            break
    assert best is not None
    return best[1], tried


def _parameters(count: int, dim: int) -> int:
    """Return the number of free parameters: means, symmetric covariances, and weights that add up to 1."""
    return count * dim + count * dim * (dim + 1) // 2 + count - 1


def _has_grown(values: list[float]) -> bool:
    last = values[-PATIENCE - 1 :]
    return len(last) > PATIENCE and all(later > earlier for earlier, later in pairwise(last))


def _fit(codes: Values, count: int, rng: np.random.Generator) -> Steps[tuple[_Parts, float]]:
    """Return the parts of a mixture and its log-likelihood, summed over the codes."""
    centres = yield from _centres(codes, count, rng)
    # Whole codes to begin with, as in scikit-learn; the E step turns them into shares.
    shares = np.eye(count)[_nearest(codes, centres)]
    previous = -np.inf
    for _ in range(MAX_ITERATIONS):
        parts = yield from _maximize(codes, shares)
        log_likelihood, shares = yield from _expect(codes, parts)
        # EM never lowers the likelihood, so a small gain is the end.
        if log_likelihood - previous < TOLERANCE * len(codes):
            break
        previous = log_likelihood
    return parts, log_likelihood


def _centres(codes: Values, count: int, rng: np.random.Generator) -> Steps[Values]:
    """Return the centres ``(count, d)`` of k-means on some of the codes, from the start with the nearest centres."""
    some = codes if len(codes) <= CENTRE_CODES else codes[rng.choice(len(codes), CENTRE_CODES, replace=False)]
    best, least = codes[:1], np.inf
    for _ in range(STARTS if count > 1 else 1):
        centres = _first_centres(some, count, rng)
        for _ in range(CENTRE_ITERATIONS):
            # As rows of 0 and 1, so that one matrix product sums the codes of all centres.
            members = np.eye(count)[_nearest(some, centres)]
            sizes = members.sum(axis=0)
            # A centre without codes stays where it is.
            centres = np.where(sizes[:, None] > 0, members.T @ some / np.maximum(sizes, 1)[:, None], centres)
            yield
        squares = float(((some - centres[_nearest(some, centres)]) ** 2).sum())
        if squares < least:
            best, least = centres, squares
    return best


def _first_centres(codes: Values, count: int, rng: np.random.Generator) -> Values:
    """Return centres ``(count, d)``, each drawn with a chance proportional to the square of its distance to the others.

    If all codes are centres already, the others are equal to the first.
    """
    centres = [codes[rng.integers(len(codes))]]
    squares = np.full(len(codes), np.inf)
    for _ in range(count - 1):
        # Distances to the nearest centre so far: only the newest can be nearer.
        squares = np.minimum(squares, ((codes - centres[-1]) ** 2).sum(axis=1))
        total = squares.sum()
        centres.append(codes[rng.choice(len(codes), p=squares / total)] if total > 0 else centres[0])
    return np.stack(centres)


def _nearest(codes: Values, centres: Values) -> NDArray[np.intp]:
    # |c|² − 2 x·c orders the centres like the distance.
    result: NDArray[np.intp] = ((centres**2).sum(axis=1) - 2 * codes @ centres.T).argmin(axis=1)
    return result


def _maximize(codes: Values, shares: Values) -> Steps[_Parts]:
    """Return the weights, means and covariances with the highest expected log-likelihood; ``shares`` is ``(n, K)``."""
    # An empty component would divide by 0.
    totals = shares.sum(axis=0) + 10 * np.finfo(np.float64).eps
    means = (shares.T @ codes) / totals[:, None]
    covariances = np.zeros((len(means), codes.shape[1], codes.shape[1]))
    for number, mean in enumerate(means):
        for block in _blocks(codes):
            offsets = codes[block] - mean
            covariances[number] += (shares[block, number] * offsets.T) @ offsets / totals[number]
            yield
        # A component on few codes would have a singular covariance.
        covariances[number][np.diag_indices(codes.shape[1])] += REGULARIZATION
    return totals / totals.sum(), means, covariances


def _expect(codes: Values, parts: _Parts) -> Steps[tuple[float, Values]]:
    """Return the log-likelihood, summed over the codes, and the share of each component in each code, ``(n, K)``."""
    from scipy.special import logsumexp

    joint = np.empty((len(codes), len(parts[0])))
    for number, (weight, mean, covariance) in enumerate(zip(*parts, strict=True)):
        for block in _blocks(codes):
            joint[block, number] = _log_joint(codes[block], weight, mean, covariance)
            yield
    total = logsumexp(joint, axis=1)
    return float(total.sum()), np.exp(joint - total[:, None])


def _blocks(codes: Values) -> Iterator[slice]:
    """Yield slices of the codes ``(n, d)`` that take about a millisecond or two each."""
    # The products of a block grow with the square of the dimensions.
    rows = max(MIN_BLOCK, BLOCK // codes.shape[1] ** 2)
    return (slice(start, start + rows) for start in range(0, len(codes), rows))


def _log_joint(codes: Values, weight: float, mean: Values, covariance: Values) -> Values:
    """Return log w + log N(z; μ, Σ) in nats, ``(n,)``."""
    from scipy.linalg import solve_triangular

    # The root gives the determinant and the whitened codes without an inverse.
    root = np.linalg.cholesky(covariance)
    whitened = solve_triangular(root, (codes - mean).T, lower=True)  # (d, n)
    constant = np.log(weight) - np.log(root.diagonal()).sum() - 0.5 * len(mean) * np.log(2 * np.pi)
    result: Values = constant - 0.5 * (whitened**2).sum(axis=0)
    return result

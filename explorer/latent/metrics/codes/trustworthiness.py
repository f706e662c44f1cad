"""Whether neighbours among the codes are neighbours among the samples (Venna and Kaski 2001, ICANN, LNCS 2130, 485)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.latent.metrics.codes.knn_accuracy import VOTERS
from explorer.latent.metrics.codes.overlap import neighbour_rows_in_chunks
from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import Evaluated, Found, choose, figure_of_samples, measures, too_few
from explorer.latent.metrics.sample_values import error_over_samples, pseudo_values
from explorer.latent.steps import Steps, at_once
from explorer.models.latent_model import NotDefined

NEIGHBOURS = 10
MIN_SAMPLES = 3 * NEIGHBOURS
"""The definition needs n > 2·k, also without the sample that the jackknife leaves out; this leaves a margin."""
MAX_SAMPLES = 1_000
"""Maximum number of samples, as the distances of all pairs are computed."""
ROWS = 64
"""Number of samples whose distances to all others are computed between two yields."""
SEED = 6


@dataclass(frozen=True, eq=False)
class Trustworthiness:
    """The trustworthiness, and the pseudo-values ``(n,)`` of a jackknife that leaves out one sample at a time.

    The terms of samples with common neighbours are not independent, so √(variance / n) would be about 40 % too small.
    """

    value: float
    values: NDArray[np.float64]

    @property
    def error(self) -> float:
        """The standard error over samples."""
        return error_over_samples(self.values)


def trustworthiness(
    samples: NDArray[np.float32], codes: NDArray[np.float32], neighbours: int = NEIGHBOURS
) -> Trustworthiness:
    """Return the trustworthiness at once; see `trustworthiness_in_chunks`."""
    return at_once(trustworthiness_in_chunks(samples, codes, neighbours))


def trustworthiness_in_chunks(
    samples: NDArray[np.float32], codes: NDArray[np.float32], neighbours: int = NEIGHBOURS
) -> Steps[Trustworthiness]:
    """Return the trustworthiness of codes ``(n, latent_dim)`` of samples ``(n, features)``, n > 2 · ``neighbours``.

    T = 1 − 2 / (n·k·(2n − 3k − 1)) · Σ_i Σ_j (r(i, j) − k), where j runs over those of the k nearest codes of i whose
    samples are not among the k nearest of sample i, and r(i, j) is the rank of sample j by its distance from sample i.
    T is 1 if all neighbours of codes are neighbours of samples, and about ½ for random codes. Samples at equal
    distances share the lowest of their ranks.
    """
    from sklearn.metrics.pairwise import euclidean_distances

    count = len(codes)
    total, changes = 0.0, np.zeros(count)  # changes: by the sample that is left out
    near = yield from neighbour_rows_in_chunks(codes, neighbours + 1)  # (n, k + 1)
    for start in range(0, count, ROWS):
        rows = np.arange(start, min(start + ROWS, count))
        distances = euclidean_distances(samples[rows], samples)  # (rows, n)
        distances[np.arange(len(rows)), rows] = np.inf  # no sample is its own neighbour
        penalties = _add_changes(changes, rows, near[rows], distances)
        total += float(penalties.sum())
        yield 1
    value = 1 - _scale(count, neighbours) * total
    return Trustworthiness(value, pseudo_values(value, 1 - _scale(count - 1, neighbours) * (total + changes)))


def _add_changes(
    changes: NDArray[np.float64], rows: NDArray[np.int64], near: NDArray[np.int64], distances: NDArray[np.floating]
) -> NDArray[np.int64]:
    """Return the penalties max(r − k, 0) of the k nearest codes of some samples, ``(rows, k)``.

    Add to ``changes`` ``(n,)`` how the sum of the penalties of these samples changes if another sample is left out:

    1. Its own penalties are gone.
    2. It makes the ranks of farther samples smaller by 1.
    3. Where it is one of the k nearest codes, the next code takes its place.

    Parameters
    ----------
    near
        ``(rows, k + 1)`` nearest codes.
    distances
        ``(rows, n)`` distances of samples.
    """
    count = near.shape[1] - 1
    to_near = np.take_along_axis(distances, near, axis=1)
    closer = distances[:, None, :] < to_near[:, :, None]  # (rows, k + 1, n)
    ranks = 1 + closer.sum(axis=2)
    penalties: NDArray[np.int64] = np.maximum(ranks - count, 0)
    penalized = penalties > 0
    changes[rows] -= penalties[:, :count].sum(axis=1)
    changes -= (closer[:, :count] & penalized[:, :count, None]).sum(axis=(0, 1))
    falls = np.take_along_axis(closer[:, count], near[:, :count], axis=1) & penalized[:, count:]
    np.add.at(changes, near[:, :count], penalties[:, count:] - falls - penalties[:, :count])
    return penalties[:, :count]


def _scale(count: int, neighbours: int) -> float:
    """Return the factor of the sum of the penalties, with which T is 0 if they are as large as possible."""
    return 2 / (count * neighbours * (2 * count - 3 * neighbours - 1))


def _why_not(evaluated: Evaluated) -> str:
    count = len(evaluated.index)
    if count >= MIN_SAMPLES:
        return ""
    return too_few(count, "sample", f"for {NEIGHBOURS} neighbours each", MIN_SAMPLES)


def _passes(evaluated: Evaluated) -> int:
    count = min(len(evaluated.index), MAX_SAMPLES)
    return -(-count // ROWS) - (-count // VOTERS)


@measures(
    Figure(
        "trustworthiness",
        "trustworthiness of the codes",
        "of at most 1",
        "higher is better",
        "Agreement of the neighbours of codes with the neighbours of samples: 1 − 2 / (n·k·(2n − 3k − 1)) · Σ "
        "(r − k) over the k = 10 nearest codes of each sample whose samples are not among its k nearest "
        "samples, with r their rank by distance (Venna and Kaski 2001; Euclidean, all latent dimensions, "
        "posterior means, samples as inputs of the encoder). 1 is best; random codes have about 0.5. If there "
        "are more than 1,000 samples, 1,000 are chosen with a fixed seed.",
        errors=(
            StandardError(
                "samples",
                "± of the trustworthiness",
                "Standard error over the samples, by a jackknife that leaves out one of them at a time.",
            ),
        ),
    ),
    passes=_passes,
    why_not=_why_not,
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Compute the trustworthiness of the means of the posteriors."""
    rows = choose(len(evaluated.index), MAX_SAMPLES, evaluated.rng(SEED))
    samples = evaluated.dataset.model_inputs(evaluated.index[rows]).reshape(len(rows), -1)
    if not np.isfinite(samples).all():
        raise NotDefined("a sample of the split is not finite")
    trust = yield from trustworthiness_in_chunks(samples, evaluated.finite_means[rows])
    return figure_of_samples("trustworthiness", trust.value, trust.values, rows)

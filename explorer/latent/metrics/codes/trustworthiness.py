"""Whether neighbours among the codes are neighbours among the samples (Venna and Kaski 2001, ICANN, LNCS 2130, 485)."""

import numpy as np
from numpy.typing import NDArray

from explorer.latent.metrics.codes.knn_accuracy import VOTERS
from explorer.latent.metrics.codes.overlap import neighbour_rows_in_chunks
from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import Evaluated, Found, choose, measures
from explorer.latent.steps import Steps, at_once
from explorer.models.latent_model import NotDefined

NEIGHBOURS = 10
MIN_SAMPLES = 3 * NEIGHBOURS
"""The definition needs n > 2·k, also for the samples that the jackknife keeps; this leaves a margin."""
MAX_SAMPLES = 1_000
"""Maximum number of samples, as the distances of all pairs are computed, once for each group."""
GROUPS = 10
"""Number of groups of samples that the jackknife leaves out in turn."""
ROWS = 64
"""Number of samples whose distances to all others are computed between two yields."""
SEED = 6


def trustworthiness(samples: NDArray[np.float32], codes: NDArray[np.float32], neighbours: int = NEIGHBOURS) -> float:
    """Return the trustworthiness at once; see `trustworthiness_in_chunks`."""
    return at_once(trustworthiness_in_chunks(samples, codes, neighbours))


def trustworthiness_in_chunks(
    samples: NDArray[np.float32], codes: NDArray[np.float32], neighbours: int = NEIGHBOURS
) -> Steps[float]:
    """Return the trustworthiness of codes ``(n, latent_dim)`` of samples ``(n, features)``, n > 2 · ``neighbours``.

    T = 1 − 2 / (n·k·(2n − 3k − 1)) · Σ_i Σ_j (r(i, j) − k), where j runs over those of the k nearest codes of i whose
    samples are not among the k nearest of sample i, and r(i, j) is the rank of sample j by its distance from sample i.
    T is 1 if all neighbours of codes are neighbours of samples, and about ½ for random codes. Samples at equal
    distances share the lowest of their ranks.
    """
    from sklearn.metrics.pairwise import euclidean_distances

    count, penalty = len(codes), 0
    near = yield from neighbour_rows_in_chunks(codes, neighbours)  # (n, k)
    for start in range(0, count, ROWS):
        rows = np.arange(start, min(start + ROWS, count))
        distances = euclidean_distances(samples[rows], samples)  # (rows, n)
        distances[np.arange(len(rows)), rows] = np.inf  # no sample is its own neighbour
        to_near = np.take_along_axis(distances, near[rows], axis=1)
        ranks = 1 + (distances[:, None, :] < to_near[:, :, None]).sum(axis=2)  # (rows, k)
        penalty += int(np.maximum(ranks - neighbours, 0).sum())
        yield 1
    return 1 - penalty * 2 / (count * neighbours * (2 * count - 3 * neighbours - 1))


def trustworthiness_error(samples: NDArray[np.float32], codes: NDArray[np.float32]) -> float:
    """Return the standard error at once; see `trustworthiness_error_in_chunks`."""
    return at_once(trustworthiness_error_in_chunks(samples, codes))


def trustworthiness_error_in_chunks(samples: NDArray[np.float32], codes: NDArray[np.float32]) -> Steps[float]:
    """Return the standard error over samples, by a jackknife that leaves out each tenth of them in turn.

    The terms of samples with common neighbours are not independent, so √(variance / n) is about 40 % too small.
    """
    without = []
    for group in range(GROUPS):
        kept = np.arange(len(codes)) % GROUPS != group  # every tenth, so that sorted classes are thinned alike
        without.append((yield from trustworthiness_in_chunks(samples[kept], codes[kept])))
    # (g − 1)/g · Σ (T₋ᵢ − mean)² over g groups (Efron and Tibshirani 1993, chapter 11); `var` divides by g.
    return float(np.sqrt((GROUPS - 1) * np.var(without)))


def _why_not(evaluated: Evaluated) -> str:
    count = len(evaluated.index)
    if count >= MIN_SAMPLES:
        return ""
    return f"{count} samples are too few for {NEIGHBOURS} neighbours each; at least {MIN_SAMPLES} are needed"


def _passes(evaluated: Evaluated) -> int:
    count = min(len(evaluated.index), MAX_SAMPLES)
    return (GROUPS + 1) * (-(-count // ROWS) - (-count // VOTERS))


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
                "Standard error over the samples, by a jackknife that leaves out a tenth of them at a time.",
            ),
        ),
    ),
    passes=_passes,
    why_not=_why_not,
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Compute the trustworthiness of the means of the posteriors."""
    rows = choose(len(evaluated.index), MAX_SAMPLES, np.random.default_rng(SEED))
    samples = evaluated.dataset.model_inputs(evaluated.index[rows]).reshape(len(rows), -1)
    if not np.isfinite(samples).all():
        raise NotDefined("a sample of the split is not finite")
    codes = evaluated.finite_means[rows]
    return {
        "trustworthiness": (yield from trustworthiness_in_chunks(samples, codes)),
        "trustworthiness_error": (yield from trustworthiness_error_in_chunks(samples, codes)),
    }

"""The silhouette: compactness of classes relative to their distance (Rousseeuw 1987, 10.1016/0377-0427(87)90125-7)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.latent.metrics.codes.overlap import why_no_classes
from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import Evaluated, Found, measures
from explorer.latent.steps import Steps, at_once

MAX_SAMPLES = 5_000
"""Maximum number of samples, as the distances of all pairs are computed."""
CHUNK = 256
"""Number of samples whose distances are computed between two yields."""
SEED = 0


@dataclass(frozen=True)
class Silhouette:
    """The mean silhouette width, from -1 to 1, and its standard error over independent samples."""

    mean: float
    error: float


def silhouette(codes: NDArray[np.float32], labels: NDArray[np.int64]) -> Silhouette:
    """Return the mean of (b − a) / max(a, b) over samples of two or more known classes.

    a is the mean Euclidean distance of a sample to the others of its class, b that to the nearest other class. Of more
    than 5,000 samples of known class, 5,000 are chosen: ``sort(default_rng(0).choice(n, 5000, replace=False))``.

    Parameters
    ----------
    codes
        ``(n, latent_dim)``.
    labels
        ``(n,)`` class indices, -1 where unknown.
    """
    return at_once(silhouette_in_chunks(codes, labels))


def silhouette_in_chunks(codes: NDArray[np.float32], labels: NDArray[np.int64]) -> Steps[Silhouette]:
    """Return `silhouette`; yield after each `CHUNK` samples."""
    from scipy.spatial.distance import cdist

    rows = measured_rows(labels)
    points = codes[rows].astype(np.float64)
    _, classes, counts = np.unique(labels[rows], return_inverse=True, return_counts=True)
    member = np.eye(len(counts))[classes]  # (n, classes), one where a sample is of the class
    widths = np.zeros(len(rows))
    for start in range(0, len(rows), CHUNK):
        part = slice(start, start + CHUNK)
        sums = cdist(points[part], points) @ member  # (chunk, classes)
        widths[part] = _widths(sums, classes[part], counts)
        yield 1
    return Silhouette(float(widths.mean()), float(widths.std(ddof=1) / np.sqrt(len(widths))))


def _widths(sums: NDArray[np.float64], own: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return (b − a) / max(a, b) from summed distances ``(n, classes)`` to each class; 0 for a class of one sample."""
    row = np.arange(len(own))
    alone = counts[own] == 1
    # A sample's distance to itself, 0, is in the sum, but not in the count.
    within = sums[row, own] / np.maximum(counts[own] - 1, 1)
    others = sums / counts
    others[row, own] = np.inf  # so that the nearest is another class
    nearest = others.min(axis=1)
    most = np.maximum(within, nearest)
    # Rousseeuw sets 0 for a sample alone in its class; where all distances are 0 there is no better or worse either.
    return np.where(alone | (most == 0), 0.0, (nearest - within) / np.where(most == 0, 1.0, most))


def measured_rows(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows of the samples of known class, or of a fixed choice of them."""
    known = np.flatnonzero(labels >= 0)
    if len(known) <= MAX_SAMPLES:
        return known
    return known[np.sort(np.random.default_rng(SEED).choice(len(known), MAX_SAMPLES, replace=False))]


def _why_not(evaluated: Evaluated) -> str:
    if why := why_no_classes(evaluated):
        return why
    assert evaluated.labels is not None
    measured = evaluated.labels[measured_rows(evaluated.labels)]
    classes = len(np.unique(measured))
    if classes < 2:
        return "the measured samples have only one class"
    if classes == len(measured):
        return "no two samples have the same class"
    return ""


@measures(
    Figure(
        "silhouette",
        "silhouette",
        "of at most 1",
        "higher is better",
        "Mean of (b − a) / max(a, b) over the samples of known class: a is the mean distance of a sample to "
        "the others of its class, b to the nearest other class (Rousseeuw 1987; Euclidean, all latent "
        "dimensions, posterior means). If there are more than 5,000 samples, 5,000 are chosen with a fixed "
        "seed.",
        needs=("an encoder", "labels"),
        errors=(
            StandardError(
                "samples",
                "± of the silhouette",
                "Standard error of the silhouette over independent samples: the expected difference to other samples.",
            ),
        ),
    ),
    passes=lambda evaluated: -(-min(len(evaluated.index), MAX_SAMPLES) // CHUNK),
    why_not=_why_not,
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Compute the silhouette of the means of the posteriors."""
    assert evaluated.labels is not None
    width = yield from silhouette_in_chunks(evaluated.finite_means, evaluated.labels)
    return {"silhouette": width.mean, "silhouette_error": width.error}

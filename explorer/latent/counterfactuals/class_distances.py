"""How far samples of one predicted class are from another class: the scale for the distance of one of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.latent.codes.sample_codes import SampleCodes
from explorer.latent.counterfactuals.boundary_search import Codes, first_change
from explorer.latent.counterfactuals.decode_classifier import DecodeClassifier, Wanted
from explorer.latent.once import Once
from explorer.latent.steps import Absent, Steps

POOL = 2_000
"""Maximum number of samples whose classes are predicted for all questions about a run."""
COMPARED, MIN_COMPARED = 200, 10
"""Number of other samples that a distance is compared with, and the minimum for a share."""
SEED = 0


@dataclass(frozen=True, eq=False)
class PredictedPool:
    """A fixed subset of the samples: ``rows`` of the codes ``(n,)``, and the predicted ``classes`` of their decodes."""

    rows: NDArray[np.int64]
    classes: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ClassDistances:
    """The distance of a sample from another class among those of other samples with the same predicted class.

    All are measured on the straight line to the nearest sample of another class, without a further search, so that they
    can be compared.

    Attributes
    ----------
    distance
        That of the sample, in latent units; it is at least that of the counterfactual.
    others
        Those of the other samples in increasing order, ``(n,)``.
    """

    distance: float
    others: NDArray[np.float64]

    @property
    def nearer_than(self) -> float:
        """Share of the other samples that are farther from another class, from 0 to 1."""
        return float((self.others > self.distance).mean())


_POOLS: Once[PredictedPool] = Once(kept=4)
"""Pools by model; their keys are the codes, the classifier and the class that is decoded."""


def predict_pool(predict: DecodeClassifier, codes: SampleCodes) -> Steps[PredictedPool]:
    """Predict the classes of a fixed subset of the samples; they are kept while the model exists."""

    def work() -> Steps[PredictedPool]:
        rows = np.flatnonzero(np.isfinite(codes.mean).all(axis=1))
        # The same for all samples, so that classes are predicted once.
        if len(rows) > POOL:
            rows = np.sort(np.random.default_rng(SEED).choice(rows, POOL, replace=False))
        return PredictedPool(rows, (yield from predict.classes(codes.mean[rows])))

    return (yield from _POOLS.get(predict.model, (codes, predict.classifier, predict.condition), work))


def compare(
    predict: DecodeClassifier,
    codes: SampleCodes,
    pool: PredictedPool,
    sample: int,
    start: Codes,
    wanted: Wanted,
    seed: int,
) -> Steps[ClassDistances | Absent]:
    """Compare the distance of a sample, whose code is ``start``, with those of other samples of its predicted class."""
    from scipy.spatial import cKDTree

    alike = pool.rows[(pool.classes == wanted.of) & (codes.index[pool.rows] != sample)]
    targets = codes.mean[pool.rows[wanted.reached(pool.classes)]].astype(np.float64)
    if len(alike) < MIN_COMPARED or len(targets) == 0:
        return Absent(f"only {len(alike)} other samples have the same predicted class")
    if len(alike) > COMPARED:
        alike = np.sort(np.random.default_rng(seed).choice(alike, COMPARED, replace=False))
    # Measure the sample itself in the same coarse way, so that the distances are comparable.
    starts = np.concatenate([start[None], codes.mean[alike].astype(np.float64)])
    lengths, nearest = cKDTree(targets).query(starts)
    t = yield from first_change(predict, starts, targets[nearest], wanted, scan=8, halvings=4)
    found = t * lengths
    return ClassDistances(float(found[0]), np.sort(found[1:]))

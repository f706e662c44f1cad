"""The counterfactual of a sample: the nearest code whose decode is predicted as another class.

1. Predict the class of the decode of the sample's code. The counterfactual has another class, or the one that is asked
   for (Wachter, Mittelstadt and Russell 2017, "Counterfactual explanations without opening the black box").
2. Candidates are the codes of other samples whose decodes have such a class, nearest first. `first_change` finds where
   the class changes on the line to each.
3. `pull_closer` moves the nearest of these points closer. The result is never farther than the nearest candidate.
4. Decode the line from the sample through this point, for a film strip.
5. Compare the distance with that of other samples of the same predicted class, by step 2 alone.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Dataset, Description
from explorer.latent.codes.embedding import embed
from explorer.latent.codes.nearest_real import Classifier, class_finder
from explorer.latent.codes.sample_codes import SampleCodes
from explorer.latent.codes.training_codes import NO_DATA, NO_ENCODER
from explorer.latent.counterfactuals.boundary_search import Codes, first_change, point_at, pull_closer
from explorer.latent.counterfactuals.class_distances import ClassDistances, PredictedPool, compare, predict_pool
from explorer.latent.counterfactuals.decode_classifier import DecodeClassifier, Wanted
from explorer.latent.steps import Absent, Steps
from explorer.models.latent_model import LatentModel

CANDIDATES = 12
"""Number of nearest candidates to which lines are searched."""
NEAR = 500
"""Number of codes nearest to the sample that are candidates, besides those of `predict_pool`."""
LEAST_REACH, MOST_REACH = 1.1, 2.0
"""Length of the line, relative to the distance of the counterfactual."""
STRIP = 13
"""Number of decodes on the line."""
NOT_YET = Absent("other samples are not compared yet")


@dataclass(frozen=True, eq=False)
class ClassStrip:
    """The line from the code of a sample through its counterfactual.

    Attributes
    ----------
    t
        ``(steps,)`` from 0 to 1.
    codes, decodes
        ``(steps, latent_dim)``, and ``(steps, *shape)`` in the samples' own units.
    classes
        Predicted class of each decode, ``(steps,)``, with -1 for unknown.
    shares
        Share of each class, ``(steps, classes)``; ``shares_words`` says what the shares are.
    """

    t: NDArray[np.float64]
    codes: NDArray[np.float32]
    decodes: NDArray[np.float32]
    classes: NDArray[np.int64]
    shares: NDArray[np.float64] | Absent
    shares_words: str


@dataclass(frozen=True, eq=False)
class Counterfactual:
    """The nearest code that was found to have another predicted class.

    Attributes
    ----------
    sample, own_class
        Index of the sample, and its class by the labels of the data; -1 if it is unknown.
    from_class, to_class
        Predicted classes of the decodes of the sample's code, and of the counterfactual.
    predicted_by
        How classes are predicted, in words.
    start, code
        Codes of the sample and of the counterfactual, ``(latent_dim,)``.
    decode
        Decode of the counterfactual, ``(*shape)`` in the samples' own units.
    distance
        From ``start`` to ``code``, in latent units.
    nearest, nearest_distance
        The sample with the nearest code among those of the wanted class, and the distance of its code.
    turn
        The t at which the line reaches the class, to 0.001 of the line's length. The line ends as far from ``start`` as
        the code of ``nearest``, but at 1.1 to 2 times ``distance``.
    strip
        The line.
    comparison
        The distance among those of other samples.
    """

    sample: int
    own_class: int
    from_class: int
    to_class: int
    predicted_by: str
    start: NDArray[np.float32]
    code: NDArray[np.float32]
    decode: NDArray[np.float32]
    distance: float
    nearest: int
    nearest_distance: float
    turn: float
    strip: ClassStrip
    comparison: ClassDistances | Absent = field(default=NOT_YET)

    @property
    def waypoints(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Both ends of the line: the code of the sample, and one beyond the counterfactual."""
        first, last = self.strip.codes[0], self.strip.codes[-1]
        return tuple(map(float, first)), tuple(map(float, last))


def why_no_counterfactual(
    model: LatentModel, description: Description, dataset: Dataset | None, classifier: Classifier | None
) -> str:
    """Return why the samples of a run have no counterfactuals, as a part of a sentence; "" if they have some."""
    if not model.capabilities.encoder:
        return NO_ENCODER
    if not description.class_names:
        return "the data has no classes"
    if classifier is not None:
        return ""
    if description.kind == "text":
        return "decodes of texts cannot be compared with samples to predict their class"
    if dataset is None:
        return NO_DATA
    labels = np.empty(0) if dataset.labels is None else dataset.labels[dataset.splits.train]
    # With one class among the training samples, every decode is predicted as it.
    return "" if len(np.unique(labels[labels >= 0])) > 1 else "the training samples have fewer than two classes"


def find_counterfactual(
    model: LatentModel,
    description: Description,
    dataset: Dataset | None,
    classifier: Classifier | None,
    codes: SampleCodes | None,
    sample: int,
    to_class: int | None = None,
    seed: int = 0,
    steps: int = STRIP,
) -> Steps[Counterfactual | Absent]:
    """Find the counterfactual of a sample; yields it without the comparison before that is computed.

    Parameters
    ----------
    classifier
        The user's own; None to predict the class of the nearest real sample.
    codes
        The codes of the run's samples.
    to_class
        The class to reach; None for any other.
    seed
        Seed of the search.
    steps
        Number of decodes on the line.
    """
    search = yield from _search_for(model, description, dataset, classifier, codes, sample, to_class, seed)
    if isinstance(search, Absent):
        return search
    # Kept per model, so that only the first question predicts these classes.
    pool = yield from predict_pool(search.predict, search.codes)
    found = yield from search.find(pool, steps)
    if isinstance(found, Absent):
        return found
    yield found
    compared = yield from compare(search.predict, search.codes, pool, sample, search.start, search.wanted, seed)
    return replace(found, comparison=compared)


@dataclass(frozen=True, eq=False)
class _CounterfactualSearch:
    """The search for the counterfactual of one sample with the class ``label``, whose code is ``start``."""

    predict: DecodeClassifier
    codes: SampleCodes
    sample: int
    label: int
    start: Codes
    wanted: Wanted
    seed: int

    def find(self, pool: PredictedPool, steps: int) -> Steps[Counterfactual | Absent]:
        """Return the counterfactual, without a comparison."""
        rows, lengths = yield from self._candidates(pool)
        about = self.predict.description
        if len(rows) == 0:
            asked = "as another class" if self.wanted.to is None else f"as {about.class_name(self.wanted.to)}"
            kept = self.predict.condition
            why = "" if kept is None else f", as all are decoded with the class {about.class_name(kept)}"
            return Absent(f"among {len(pool.rows):,} samples, no decode is predicted {asked}{why}")
        ends = self.codes.mean[rows].astype(np.float64)
        # Coarse, since `pull_closer` refines the nearest of them.
        t = yield from first_change(self.predict, self.start, ends, self.wanted, scan=16, halvings=6)
        points = point_at(np.broadcast_to(self.start, ends.shape), ends, t)
        nearest = points[np.linalg.norm(points - self.start, axis=1).argmin()]
        code = yield from pull_closer(self.predict, self.start, nearest, self.wanted, self.seed)
        distance = float(np.linalg.norm(code - self.start))
        # End at the nearest sample of the class if it is not far, so that the strip ends at a real sample.
        reach = float(np.clip(lengths[0] / distance, LEAST_REACH, MOST_REACH))
        strip = yield from self._strip(self.start + reach * (code - self.start), steps)
        decodes = yield from self.predict.decodes(code[None])
        # Any other class may be asked for, so the one that was reached is predicted again.
        (to,) = (yield from self.predict.classes(code[None])).tolist()
        return Counterfactual(
            sample=self.sample,
            own_class=self.label,
            from_class=self.wanted.of,
            to_class=to,
            predicted_by=self.predict.classifier.words,
            start=self.start.astype(np.float32),
            code=code.astype(np.float32),
            decode=decodes[0],
            distance=distance,
            nearest=int(self.codes.index[rows[0]]),
            nearest_distance=float(lengths[0]),
            turn=1 / reach,
            strip=strip,
        )

    def _candidates(self, pool: PredictedPool) -> Steps[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Return the rows of the nearest codes of a wanted class, and their distances."""
        # The pool is a random subset, so the nearest sample of another class may not be in it.
        near, _ = self.codes.neighbours.nearest_rows(self.start, NEAR)
        # Classes of the pool are known already.
        near = np.setdiff1d(near, pool.rows)
        classes = yield from self.predict.classes(self.codes.mean[near])
        rows = np.concatenate([pool.rows, near])[self.wanted.reached(np.concatenate([pool.classes, classes]))]
        lengths = np.linalg.norm(self.codes.mean[rows].astype(np.float64) - self.start, axis=1)
        # A code equal to the sample's own has its class, up to rounding.
        order = np.argsort(lengths, kind="stable")
        order = order[lengths[order] > 0][:CANDIDATES]
        return rows[order], lengths[order]

    def _strip(self, end: Codes, steps: int) -> Steps[ClassStrip]:
        t = np.linspace(0, 1, steps)
        points = self.start + t[:, None] * (end - self.start)
        decodes = yield from self.predict.decodes(points)
        classes = yield from self.predict.classes(points)
        return ClassStrip(
            t, points.astype(np.float32), decodes, classes, self.predict.shares(decodes), self.predict.shares_words
        )


def _search_for(
    model: LatentModel,
    description: Description,
    dataset: Dataset | None,
    classifier: Classifier | None,
    codes: SampleCodes | None,
    sample: int,
    to_class: int | None,
    seed: int,
) -> Steps[_CounterfactualSearch | Absent]:
    """Return the search for a sample, or why its counterfactual is not defined."""
    if why := why_no_counterfactual(model, description, dataset, classifier):
        return Absent(why)
    used = classifier or class_finder(dataset)
    if used is None or codes is None or codes.drawn:
        return Absent("the run has no codes of samples")
    label, start = _label_of(codes, dataset, sample), _code_of(model, dataset, codes, sample)
    if isinstance(start, Absent):
        return start
    # A conditional model keeps decoding the class of the sample, so that only z changes.
    condition = label if model.capabilities.condition and label >= 0 else None
    predict = DecodeClassifier(model, description, used, condition)
    (of,) = (yield from predict.classes(start[None])).tolist()
    if of < 0:
        return Absent("the decode of the sample has no predicted class")
    if of == to_class:
        return Absent(f"its decode is already predicted as {description.class_name(of)}")
    return _CounterfactualSearch(predict, codes, sample, label, start, Wanted(of, to_class), seed)


def _label_of(codes: SampleCodes, dataset: Dataset | None, sample: int) -> int:
    """Return the class of a sample by its label; -1 for unknown."""
    if dataset is not None and dataset.labels is not None and 0 <= sample < len(dataset):
        return int(dataset.labels[sample])
    rows = np.flatnonzero(codes.index == sample)
    return int(codes.labels[rows[0]]) if len(rows) and codes.labels is not None else -1


def _code_of(model: LatentModel, dataset: Dataset | None, codes: SampleCodes, sample: int) -> Codes | Absent:
    """Return the code of a sample in float64; it is encoded if the codes are those of other samples."""
    rows = np.flatnonzero(codes.index == sample)
    if len(rows):
        code = codes.mean[rows[0]]
    elif dataset is not None and 0 <= sample < len(dataset):
        code = embed(model, dataset, np.array([sample])).mean[0]
    else:
        return Absent(f"the data has no sample {sample}")
    return code.astype(np.float64) if np.isfinite(code).all() else Absent("the code of the sample is not finite")

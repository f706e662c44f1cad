"""Measure how well the classes are separated: the figure next to the name of a pane."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.questions import LoadedModel, Question
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.evaluation.figures import Figures
from explorer.latent.steps import Steps

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

NEIGHBOURS = 10
CHUNK = 500
"""Number of codes that are tested before more urgent questions may pass."""


@dataclass(frozen=True)
class Separability:
    """Accuracy of a kNN classifier that predicts the class of codes from their nearest training codes.

    Attributes
    ----------
    accuracy
        None if it is not defined; then ``reason`` says why.
    tested, count
        The tested split, and the number of its codes that were tested.
    whole
        True if the whole split was tested, as for the figure ``knn_accuracy``.
    """

    accuracy: float | None
    tested: str = ""
    count: int = 0
    reason: str = ""
    whole: bool = False


def separability_of(figures: Figures) -> Separability:
    """Return the separability of a whole split from its figures."""
    accuracy = figures.knn_accuracy
    reason = "" if accuracy is not None else figures.why_not("knn_accuracy")
    return Separability(accuracy, figures.split, figures.samples, reason, whole=True)


@dataclass(frozen=True, eq=False)
class MeasureSeparability(Question):
    """Measure the separability of ``codes``, in chunks that let more urgent questions pass."""

    codes: PlaneCodes

    urgent: ClassVar[bool] = False

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `Separability`; also store the typical distance of the codes in their ``neighbours``."""
        # scipy is slow to import, and the window should start without it.
        from scipy.spatial import cKDTree

        yield
        # Slow in many dimensions, so it is done here, in the background; the codes store the result.
        yield from self.codes.neighbours.measure()
        if reason := _not_defined(self.codes):
            return Separability(None, reason=reason)
        train, tested, name = _train_and_tested(self.codes)
        labels = _labels(self.codes)
        tree, votes = cKDTree(self.codes.mean[train]), labels[train]
        right = 0
        for start in range(0, len(tested), CHUNK):
            rows = tested[start : start + CHUNK]
            right += int((_most_voted(tree, votes, self.codes.mean[rows]) == labels[rows]).sum())
            yield
        return Separability(right / len(tested), name, len(tested))


def _labels(codes: PlaneCodes) -> NDArray[np.int64]:
    return np.full(len(codes.index), -1) if codes.labels is None else codes.labels


def _not_defined(codes: PlaneCodes) -> str:
    if codes.drawn:
        return "the model has no encoder: points are draws from the prior, coloured by the class of their decodes"
    if codes.labels is None:
        return "the data has no labels"
    train, tested, _ = _train_and_tested(codes)
    if len(np.unique(codes.labels[train])) < 2:
        return "fewer than two classes in the training codes"
    return "" if len(tested) else "no labelled codes outside the training split"


def _train_and_tested(codes: PlaneCodes) -> tuple[NDArray[np.intp], NDArray[np.intp], str]:
    """Return the rows of the training codes, the rows of the tested codes, and the name of the tested split."""
    # Diverged runs have codes that are not finite.
    known = (_labels(codes) >= 0) & np.isfinite(codes.mean).all(axis=1)
    if codes.split is None:
        return np.empty(0, np.intp), np.empty(0, np.intp), ""
    # Data without labelled test samples is tested on its validation split.
    name = "test" if (codes.split[known] == "test").any() else "validation"
    return np.flatnonzero(known & (codes.split == "train")), np.flatnonzero(known & (codes.split == name)), name


def _most_voted(tree: "cKDTree", votes: NDArray[np.int64], codes: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the class of each code by majority vote of its neighbours; a tie goes to the first class."""
    # A list of ranks always returns two-dimensional results, a single k does not.
    ranks = np.arange(1, min(NEIGHBOURS, len(votes)) + 1)
    _, found = tree.query(codes, k=ranks)
    classes, column = np.unique(votes, return_inverse=True)
    # Votes per code and class; `add.at` counts repeated indices.
    counts = np.zeros((len(codes), len(classes)), np.int64)
    np.add.at(counts, (np.arange(len(codes))[:, None], column[found]), 1)
    best: NDArray[np.int64] = classes[counts.argmax(axis=1)]
    return best

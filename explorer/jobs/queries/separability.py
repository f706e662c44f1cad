"""How well the classes lie apart in a plane's codes: the figure beside a pane's name."""

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
"""Tested codes between two looks at what else there is to do."""


@dataclass(frozen=True)
class Separability:
    """The share of tested codes whose class is that of most of their nearest train codes.

    ``accuracy`` is None where it is not defined, and ``reason`` says why; ``tested`` names the split, ``count`` how
    many of its codes were tested; ``whole`` says that these are the whole split, as `knn_accuracy` has it.
    """

    accuracy: float | None
    tested: str = ""
    count: int = 0
    reason: str = ""
    whole: bool = False


def separability_of(figures: Figures) -> Separability:
    """Return the separability of a whole split as its figures have it."""
    accuracy = figures.knn_accuracy
    reason = "" if accuracy is not None else figures.why_not("knn_accuracy")
    return Separability(accuracy, figures.split, figures.samples, reason, whole=True)


@dataclass(frozen=True, eq=False)
class MeasureSeparability(Question):
    """Measure the separability of ``codes``, between more urgent questions."""

    codes: PlaneCodes

    urgent: ClassVar[bool] = False

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `Separability`; the typical distance of the codes' neighbours is known afterwards."""
        from scipy.spatial import cKDTree

        yield
        # Slow in many dimensions: done here, where nobody waits, and kept by the codes.
        yield from self.codes.neighbours.measure()
        if reason := _not_defined(self.codes):
            return Separability(None, reason=reason)
        train, tested, name = _parts(self.codes)
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
        return "the model has no encoder: the points are draws from the prior, coloured by what their decodes look like"
    if codes.labels is None:
        return "the data has no labels"
    train, tested, _ = _parts(codes)
    if len(np.unique(codes.labels[train])) < 2:
        return "fewer than two classes among the train codes"
    return "" if len(tested) else "no labelled codes outside the train split"


def _parts(codes: PlaneCodes) -> tuple[NDArray[np.intp], NDArray[np.intp], str]:
    """Return the rows of the train codes and of the tested ones, and the latter's split."""
    known = (_labels(codes) >= 0) & np.isfinite(codes.mean).all(axis=1)
    if codes.split is None:
        return np.empty(0, np.intp), np.empty(0, np.intp), ""
    name = "test" if (codes.split[known] == "test").any() else "validation"
    return np.flatnonzero(known & (codes.split == "train")), np.flatnonzero(known & (codes.split == name)), name


def _most_voted(tree: "cKDTree", votes: NDArray[np.int64], codes: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return each code's class by the vote of its neighbours; of equal votes the first class counts."""
    ranks = np.arange(1, min(NEIGHBOURS, len(votes)) + 1)
    _, found = tree.query(codes, k=ranks)
    classes, column = np.unique(votes, return_inverse=True)
    counts = np.zeros((len(codes), len(classes)), np.int64)
    np.add.at(counts, (np.arange(len(codes))[:, None], column[found]), 1)
    best: NDArray[np.int64] = classes[counts.argmax(axis=1)]
    return best

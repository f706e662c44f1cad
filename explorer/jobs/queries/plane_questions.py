"""Questions for the plane: codes of all samples, the separability of their classes, distances between codes."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.questions import LoadedModel, Question
from explorer.jobs.runs.plane_codes import PlaneCodes, codes_of_draws, codes_of_embedding
from explorer.latent.codes.draws import draw_in_chunks
from explorer.latent.codes.embedding import embed_in_chunks
from explorer.latent.codes.nearest_real import class_finder
from explorer.latent.codes.neighbours import Neighbours
from explorer.latent.evaluation.figures import Figures
from explorer.latent.metrics.codes.knn_accuracy import NEIGHBOURS
from explorer.latent.plane.projection import Projection
from explorer.latent.steps import Steps, pausing

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

CHUNK = 500
"""Number of codes that are tested before more urgent questions may pass."""


@dataclass(frozen=True)
class Separability:
    """Accuracy of a kNN classifier that predicts the class of codes from their nearest training codes.

    A pane shows it next to its name.

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


@dataclass(frozen=True, eq=False)
class EmbedPlane(Question):
    """Embed samples, in chunks that let more urgent questions pass.

    A model without an encoder gets draws from its prior instead.

    Attributes
    ----------
    index
        Indices of the samples; None for all.
    projection
        The basis to reuse; None fits a new one.
    """

    index: NDArray[np.int64] | None = None
    projection: Projection | None = None
    reconstruct: bool = False

    urgent: ClassVar[bool] = False

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `PlaneCodes`, or None if the data is not available."""
        yield
        if not loaded.model.capabilities.encoder:
            # Such models, for example a GAN, decode but cannot place samples.
            return (yield from _draw_plane(loaded, self.projection))
        if loaded.dataset is None:
            return None
        # A moving probe waits for one chunk at most.
        reconstruct, rows = self.reconstruct and loaded.model.capabilities.decoder, loaded.model.rows_at_once
        chunks = embed_in_chunks(loaded.model, loaded.dataset, self.index, reconstruct=reconstruct, chunk=rows)
        embedding = yield from pausing(chunks)
        return codes_of_embedding(embedding, loaded.step, loaded.dataset, self.projection)


def _draw_plane(loaded: LoadedModel, projection: Projection | None) -> Generator[None, None, PlaneCodes | None]:
    """Return the codes of draws from the prior; None without a prior."""
    if loaded.model.prior is None:
        return None
    # A classifier of the user takes precedence over the nearest real sample.
    chunks = draw_in_chunks(loaded.model, loaded.description, loaded.classifier or class_finder(loaded.dataset))
    return codes_of_draws((yield from pausing(chunks)), loaded.step, projection)


@dataclass(frozen=True, eq=False)
class FindNearest(Question):
    """Find the sample whose code is nearest to ``z``, over all latent dimensions."""

    z: tuple[float, ...]
    neighbours: Neighbours

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `Neighbour`, or None if there are no codes."""
        yield
        return self.neighbours.nearest(self.z)


@dataclass(frozen=True, eq=False)
class MeasureSpread(Question):
    """Measure the typical distance between neighbouring codes; ``neighbours`` stores the result."""

    neighbours: Neighbours

    urgent: ClassVar[bool] = False

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return the typical distance in latent units."""
        yield
        yield from self.neighbours.measure()
        return self.neighbours.typical_distance

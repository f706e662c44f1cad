"""The overlap of classes: the share of codes whose neighbours are mostly of other classes."""

import numpy as np
from numpy.typing import NDArray

from explorer.latent.metrics.codes.knn_accuracy import NEIGHBOURS, VOTERS
from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import Evaluated, Found, Matrix, figure_of_samples, measures, too_few
from explorer.latent.metrics.random_groups import values_of_groups
from explorer.latent.steps import Absent, Steps, at_once

MAX_CLASSES = 100
"""Maximum number of classes with a matrix of pairs."""
MIN_FOR_ERROR = 100
"""Minimum number of samples for a standard error: of fewer, most neighbours are of other classes anyway."""
DIVISIONS, PARTS = 24, 3
"""Number of divisions into thirds; they give the standard error to about 10 %."""
NEAREST_FACTOR = 3
"""Number of neighbours that are searched for each that is used: with rare exceptions, enough remain without a third."""
NEAREST = NEAREST_FACTOR * NEIGHBOURS
SEED = 7


def overlap(codes: NDArray[np.float32], labels: NDArray[np.int64], neighbours: int = NEIGHBOURS) -> float:
    """Return the share of codes with more than half of their nearest neighbours in other classes.

    Neighbours are searched among the other codes, by Euclidean distance over all dimensions. Samples of unknown class
    (-1) are left out. If there are at most ``neighbours`` other codes, all are neighbours. Two classes with the same
    distribution give P(Binomial(10, ½) > 5) ≈ 0.38, ten such classes almost 1.

    Parameters
    ----------
    codes
        ``(n, latent_dim)``, two or more of known class.
    labels
        ``(n,)`` class indices.
    """
    known = labels >= 0
    near = at_once(neighbour_rows_in_chunks(codes[known], NEAREST_FACTOR * neighbours))[:, :neighbours]
    return float(_is_among_others(labels[known], labels[known][near]).mean())


def overlap_matrix(
    codes: NDArray[np.float32], labels: NDArray[np.int64], classes: int, neighbours: int = NEIGHBOURS
) -> NDArray[np.float64]:
    """Return the overlap of pairs of classes at once; see `overlap_matrix_in_chunks`."""
    return at_once(overlap_matrix_in_chunks(codes, labels, classes, neighbours))


def overlap_matrix_in_chunks(
    codes: NDArray[np.float32], labels: NDArray[np.int64], classes: int, neighbours: int = NEIGHBOURS
) -> Steps[NDArray[np.float64]]:
    """Return the shares ``(classes, classes)`` of the samples of a class (row) that are among another class (column).

    A sample counted by `overlap` is among the other class that most of its neighbours have; a tie goes to the class of
    lower index. The diagonal is the share of samples that are not counted, so each row has the sum 1. The mean of
    1 − diagonal, weighted by the numbers of samples, is the overlap. A class without samples has a row of NaN.
    """
    known = labels >= 0
    codes, labels = codes[known], labels[known]
    rows = yield from neighbour_rows_in_chunks(codes, NEAREST_FACTOR * neighbours)
    return _shares_by_pairs(labels, labels[rows[:, :neighbours]], classes)


def _shares_by_pairs(labels: NDArray[np.int64], near: NDArray[np.int64], classes: int) -> NDArray[np.float64]:
    """Return `overlap_matrix` from the classes ``(n, k)`` of the neighbours."""
    counts = np.stack([(near == name).sum(axis=1) for name in range(classes)], axis=1)
    counts[np.arange(len(labels)), labels] = -1  # so that the largest count is of another class
    # A sample with enough neighbours of its own class counts for itself, on the diagonal.
    among = np.where(_is_among_others(labels, near), counts.argmax(axis=1), labels)
    pairs = np.zeros((classes, classes))
    # Not pairs[labels, among] += 1, which would count repeated pairs only once.
    np.add.at(pairs, (labels, among), 1)
    sizes = pairs.sum(axis=1, keepdims=True)
    shares: NDArray[np.float64] = np.divide(pairs, sizes, out=np.full_like(pairs, np.nan), where=sizes > 0)
    return shares


def neighbour_rows_in_chunks(codes: NDArray[np.float32], neighbours: int = NEIGHBOURS) -> Steps[NDArray[np.int64]]:
    """Return the rows ``(n, k)`` of the k nearest other codes of each code ``(n, latent_dim)``."""
    from sklearn.neighbors import NearestNeighbors

    values = codes.astype(np.float64)
    count = min(neighbours, len(values) - 1)
    search = NearestNeighbors(n_neighbors=count + 1).fit(values)  # one more: each code finds itself
    found = np.empty((len(values), count), np.int64)
    for start in range(0, len(values), VOTERS):
        part = slice(start, start + VOTERS)
        found[part] = _without_itself(search.kneighbors(values[part], return_distance=False), start)
        yield 1
    return found


def _without_itself(near: NDArray[np.int64], start: int) -> NDArray[np.int64]:
    """Remove each code from its own neighbours; if duplicates displaced it, remove the farthest neighbour instead."""
    # A code is not always its own first neighbour: duplicates have the same distance of 0.
    others = near != np.arange(start, start + len(near))[:, None]
    others[others.all(axis=1), -1] = False
    kept: NDArray[np.int64] = near[others].reshape(len(near), -1)
    return kept


def _is_among_others(labels: NDArray[np.int64], near: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether more than half of the classes ``(n, k)`` of the neighbours of each sample differ from its own."""
    found: NDArray[np.bool_] = 2 * (near != labels[:, None]).sum(axis=1) > near.shape[1]
    return found


def overlap_pseudo_values(
    labels: NDArray[np.int64], near: NDArray[np.int64], whole: float, rng: np.random.Generator
) -> Steps[NDArray[np.float64]]:
    """Return 3·θ − 2·θ without a third of the samples, ``(DIVISIONS, PARTS)``, for random divisions into thirds.

    Yields 1 after each division.

    Parameters
    ----------
    labels
        ``(n,)`` known classes.
    near
        ``(n, NEAREST)`` nearest other samples, in ascending order of distance; fewer if there are fewer samples.
    whole
        The overlap θ of all samples.
    """
    foreign, shares = labels[near] != labels[:, None], np.zeros((DIVISIONS, PARTS))
    for row in shares:
        part = rng.permutation(len(labels)) % PARTS
        for left_out in range(PARTS):
            kept = part != left_out
            inside = kept[near]
            # The neighbours of a sample among those kept are the first of its neighbours that are kept.
            inside &= np.cumsum(inside, axis=1, dtype=np.int16) <= NEIGHBOURS
            among = 2 * (inside & foreign).sum(axis=1) > inside.sum(axis=1)
            row[left_out] = among[kept].mean()
        yield 1
    return PARTS * whole - (PARTS - 1) * shares


def why_no_classes(evaluated: Evaluated) -> str:
    """Return why figures of classes are not defined for the split; "" if they are."""
    labels = evaluated.labels
    if labels is None:
        return "the data has no labels"
    return "" if len(np.unique(labels[labels >= 0])) > 1 else "the split has no two known classes"


def _passes(evaluated: Evaluated) -> int:
    assert evaluated.labels is not None
    return -(-int((evaluated.labels >= 0).sum()) // VOTERS) + DIVISIONS


@measures(
    Figure(
        "overlap",
        "overlap of the classes",
        "share of the samples",
        "lower is better",
        "Share of the samples of known class with more than half of their 10 nearest neighbours in other classes; "
        "neighbours are other samples of the split (Euclidean, all latent dimensions, posterior means).",
        needs=("an encoder", "labels"),
        errors=(
            StandardError(
                "samples",
                "± of the overlap",
                "Standard error over the samples, by a jackknife that leaves out random thirds of them; absent for "
                "fewer than 100 samples.",
            ),
        ),
        matrix="overlap_matrix",
    ),
    passes=_passes,
    why_not=why_no_classes,
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Compute the overlap of all classes and of each pair."""
    codes, labels = evaluated.finite_means, evaluated.labels
    assert labels is not None
    known = np.flatnonzero(labels >= 0)
    rows = yield from neighbour_rows_in_chunks(codes[known], NEAREST)
    labels = labels[known]
    near = labels[rows[:, :NEIGHBOURS]]
    share = float(_is_among_others(labels, near).mean())
    matrix = _rows(evaluated, labels, near)
    if len(known) < MIN_FOR_ERROR:
        why = too_few(len(known), "sample", "for its error", MIN_FOR_ERROR)
        return {"overlap": share, "overlap_error": Absent(why), "overlap_matrix": matrix}
    seed = evaluated.seed_of(SEED)
    values = yield from overlap_pseudo_values(labels, rows, share, np.random.default_rng(seed))
    # The seed is among the rows, as values of different divisions are not compared.
    found = figure_of_samples("overlap", share, values_of_groups(share, values), np.append(known, seed))
    return {**found, "overlap_matrix": matrix}


def _rows(evaluated: Evaluated, labels: NDArray[np.int64], near: NDArray[np.int64]) -> Matrix | Absent:
    classes = max(len(evaluated.dataset.class_names), int(labels.max()) + 1)
    if classes > MAX_CLASSES:
        return Absent(f"the data has {classes:,} classes; a matrix shows at most {MAX_CLASSES}")
    shares = _shares_by_pairs(labels, near, classes)
    # JSON has no NaN: a class without samples has null for a row.
    return tuple(None if np.isnan(row).any() else tuple(row.tolist()) for row in shares)

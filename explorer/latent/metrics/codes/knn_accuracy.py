"""The separability of classes: the share of codes whose class is that of most of their neighbours."""

import warnings

import numpy as np
from numpy.typing import NDArray

from explorer.latent.codes.embedding import embed_in_chunks
from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import CHUNK, Evaluated, Found, figure_of_samples, measures
from explorer.latent.steps import Steps, at_once, single

NEIGHBOURS = 10
"""Number of nearest training codes that vote on the class of a code."""
VOTERS = 256
"""Number of codes whose neighbours are searched at once."""


def knn_accuracy(
    train_codes: NDArray[np.float32],
    train_labels: NDArray[np.int64],
    codes: NDArray[np.float32],
    labels: NDArray[np.int64],
    neighbours: int = NEIGHBOURS,
) -> float:
    """Return the share of ``codes`` whose class is that of most of their nearest neighbours among ``train_codes``.

    Distances are Euclidean over all latent dimensions. A tie goes to the class of lower index. Samples of unknown class
    (-1) are left out. If there are fewer training samples than ``neighbours``, all of them are neighbours.

    Parameters
    ----------
    train_codes, codes
        ``(n, latent_dim)`` and ``(m, latent_dim)``.
    train_labels, labels
        ``(n,)`` and ``(m,)`` class indices.
    """
    return float(at_once(vote_in_chunks(train_codes, train_labels, codes, labels, neighbours)).mean())


def vote_in_chunks(
    train_codes: NDArray[np.float32],
    train_labels: NDArray[np.int64],
    codes: NDArray[np.float32],
    labels: NDArray[np.int64],
    neighbours: int = NEIGHBOURS,
) -> Steps[NDArray[np.bool_]]:
    """Return whether the votes are right for the codes of known class, ``(m,)``; yield after each `VOTERS` codes."""
    from sklearn.neighbors import KNeighborsClassifier

    known, tested = train_labels >= 0, labels >= 0  # −1 is an unknown class
    classifier = KNeighborsClassifier(n_neighbors=min(neighbours, int(known.sum())))
    with warnings.catch_warnings():  # scikit-learn warns that many classes look like a regression
        warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
        classifier.fit(train_codes[known], train_labels[known])
    codes, labels = codes[tested], labels[tested]
    right = []
    for start in range(0, len(codes), VOTERS):
        part = slice(start, start + VOTERS)
        right.append(classifier.predict(codes[part]) == labels[part])
        yield 1
    return np.concatenate(right)


def _why_not(evaluated: Evaluated) -> str:
    labels = evaluated.dataset.labels
    if labels is None:
        return "the data has no labels"
    train = labels[evaluated.dataset.splits.train]
    if len(np.unique(train[train >= 0])) < 2:
        return "the training split has only one class"
    return "" if (labels[evaluated.index] >= 0).any() else "no sample of the split has a known class"


def _passes(evaluated: Evaluated) -> int:
    assert evaluated.labels is not None
    embedded = 0 if evaluated.train_codes is not None else -(-len(evaluated.dataset.splits.train) // CHUNK)
    return embedded - (-int((evaluated.labels >= 0).sum()) // VOTERS)


@measures(
    Figure(
        "knn_accuracy",
        "class separability",
        "share of the samples",
        "higher is better",
        "Share of the samples of the split that a kNN classifier classifies correctly: the class of a sample "
        "is predicted as that of most of its 10 nearest neighbours among the codes of the training split "
        "(Euclidean, all latent dimensions, posterior means).",
        needs=("an encoder", "labels"),
        errors=(
            StandardError(
                "samples",
                "± of the separability",
                "Standard error over the samples of the split; the training codes stay the same.",
            ),
        ),
    ),
    passes=_passes,
    why_not=_why_not,
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Classify the split by the codes of the training split, which are computed first if they are not known."""
    dataset, codes = evaluated.dataset, evaluated.train_codes
    train = dataset.splits.train
    assert dataset.labels is not None and evaluated.labels is not None
    if codes is None:
        codes = (yield from single(embed_in_chunks(evaluated.model, dataset, train, chunk=CHUNK))).mean
    right = yield from vote_in_chunks(codes, dataset.labels[train], evaluated.finite_means, evaluated.labels)
    # Only samples of known class are tested.
    tested = np.flatnonzero(evaluated.labels >= 0)
    return figure_of_samples("knn_accuracy", float(right.mean()), right.astype(np.float64), tested)

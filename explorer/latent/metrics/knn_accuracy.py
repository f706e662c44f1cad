"""How well classes lie apart: the share of codes whose class is that of most of their neighbours."""

import warnings

import numpy as np
from numpy.typing import NDArray

from explorer.latent.steps import Steps, at_once

NEIGHBOURS = 10
VOTERS = 256
"""Codes whose neighbours are looked up at once."""


def knn_accuracy(
    train_codes: NDArray[np.float32],
    train_labels: NDArray[np.int64],
    codes: NDArray[np.float32],
    labels: NDArray[np.int64],
    neighbours: int = NEIGHBOURS,
) -> float:
    """Return the share of ``codes`` whose class is that of most of their nearest neighbours among ``train_codes``.

    Euclidean distance over all latent dimensions; of classes with equally many neighbours the first counts; samples
    of unknown class (-1) are left out; fewer training samples than ``neighbours`` are all neighbours.

    Parameters
    ----------
    train_codes, codes
        ``(n, latent_dim)`` and ``(m, latent_dim)``.
    train_labels, labels
        ``(n,)`` and ``(m,)`` class indices.
    """
    return at_once(vote_in_chunks(train_codes, train_labels, codes, labels, neighbours))


def vote_in_chunks(
    train_codes: NDArray[np.float32],
    train_labels: NDArray[np.int64],
    codes: NDArray[np.float32],
    labels: NDArray[np.int64],
    neighbours: int = NEIGHBOURS,
) -> Steps[float]:
    """Return what `knn_accuracy` gives; yields after each `VOTERS` codes, as neighbours among many codes take long."""
    from sklearn.neighbors import KNeighborsClassifier  # takes a second: the window opens without it

    known, tested = train_labels >= 0, labels >= 0
    classifier = KNeighborsClassifier(n_neighbors=min(neighbours, int(known.sum())))
    with warnings.catch_warnings():  # scikit-learn asks whether many classes are numbers to regress on: they are not
        warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
        classifier.fit(train_codes[known], train_labels[known])
    codes, labels = codes[tested], labels[tested]
    right = 0
    for start in range(0, len(codes), VOTERS):
        part = slice(start, start + VOTERS)
        right += int((classifier.predict(codes[part]) == labels[part]).sum())
        yield 1
    return right / len(codes)


def why_no_votes(train_labels: NDArray[np.int64], labels: NDArray[np.int64]) -> str:
    """Say why there is no accuracy; "" where there is one."""
    if len(np.unique(train_labels[train_labels >= 0])) < 2:
        return "the training split has one class alone"
    return "" if (labels >= 0).any() else "no sample of the split has a known class"

"""Which real sample a picture looks like: nearest by Euclidean distance in model values."""

import weakref
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Dataset, Transform

REFERENCES = 2_000
"""Real samples that are compared with at most: more cost time at every move of the hand."""


class Classifier(Protocol):
    """Says which class samples are of."""

    @property
    def words(self) -> str:
        """How it decides, after "coloured by"."""

    def __call__(self, samples: NDArray[Any]) -> NDArray[np.int64]:
        """Return the class ``(n,)`` of samples ``(n, *shape)`` in their own units, -1 where it knows none."""


@dataclass(frozen=True, eq=False)
class NearestReal:
    """A stratified choice of training samples, to which others are compared; as a `Classifier`, by their classes.

    Attributes
    ----------
    index
        ``(m,)`` the samples' indices in their data set, sorted.
    values
        ``(m, features)`` in model values.
    labels
        ``(m,)``, -1 where unknown.
    """

    index: NDArray[np.int64]
    values: NDArray[np.float32]
    labels: NDArray[np.int64]
    transform: Transform

    @property
    def words(self) -> str:
        """How it decides."""
        return f"the class nearest to its decode among {len(self.index):,} real samples"

    def __call__(self, samples: NDArray[Any]) -> NDArray[np.int64]:
        """Return the class of the real sample nearest to each, ``(n,)``."""
        return self.labels[self.find(samples)[0]]

    def find(self, samples: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the rows of the nearest real samples ``(n,)`` and their distances in model values."""
        given = self.transform.apply(samples).reshape(len(samples), -1)
        squares = _squares(given)[:, None] - 2 * (given @ self.values.T) + self._own_squares
        rows = np.where(np.isfinite(squares), squares, np.inf).argmin(axis=1)
        distances = np.linalg.norm(given.astype(np.float64) - self.values[rows], axis=1)
        return rows.astype(np.int64), distances

    @cached_property
    def _own_squares(self) -> NDArray[np.float32]:
        """Their squared lengths ``(m,)``, once for all comparisons."""
        return _squares(self.values)


def nearest_real(dataset: Dataset) -> NearestReal:
    """Return the comparison with a data set's training samples; made once for each data set."""
    known = _KNOWN.get(id(dataset))
    if known is not None and known[0]() is dataset:
        return known[1]
    made = _make(dataset)
    key = id(dataset)
    _KNOWN[key] = (weakref.ref(dataset, lambda _: _KNOWN.pop(key, None)), made)
    return made


def class_finder(dataset: Dataset | None) -> Classifier | None:
    """Return what tells the class of a decode; None without data, labels or training samples."""
    if dataset is None or dataset.labels is None or len(dataset.splits.train) == 0:
        return None
    return nearest_real(dataset)


_KNOWN: dict[int, tuple[weakref.ref[Dataset], NearestReal]] = {}


def _make(dataset: Dataset) -> NearestReal:
    index = _stratified(dataset)
    labels = np.full(len(index), -1) if dataset.labels is None else dataset.labels[index]
    values = dataset.model_inputs(index).reshape(len(index), -1)
    return NearestReal(index, values, labels.astype(np.int64), dataset.description.transform)


def _stratified(dataset: Dataset) -> NDArray[np.int64]:
    """Return at most `REFERENCES` training samples, each class with its share; always the same."""
    index = dataset.splits.train
    if len(index) <= REFERENCES:
        return index
    order = np.random.default_rng(0).permutation(index)
    if dataset.labels is not None:
        order = order[np.argsort(dataset.labels[order], kind="stable")]  # then every k-th is a stratified draw
    return np.unique(order[np.linspace(0, len(order) - 1, REFERENCES).round().astype(np.int64)])


def _squares(values: NDArray[np.float32]) -> NDArray[np.float32]:
    result: NDArray[np.float32] = np.einsum("ij,ij->i", values, values)
    return result

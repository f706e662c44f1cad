"""Finds the real sample that a decode resembles most, by Euclidean distance in model values."""

import weakref
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Dataset
from explorer.data.splits import stratified
from explorer.data.transform import Transform

REFERENCES = 2_000
"""Maximum number of real samples to compare with; the comparison runs at every move of the mouse."""
VOTERS = 15
"""Number of nearest real samples that `NearestReal.shares` counts."""


class Classifier(Protocol):
    """Predicts the class of samples."""

    @property
    def words(self) -> str:
        """How it predicts: the words after "coloured by"."""

    def __call__(self, samples: NDArray[Any]) -> NDArray[np.int64]:
        """Return the class ``(n,)`` of samples ``(n, *shape)`` in their own units, with -1 for unknown."""


@runtime_checkable
class SharedClasses(Protocol):
    """A classifier that also returns the share of each class, and not only the predicted one."""

    @property
    def shares_words(self) -> str:
        """The meaning of the shares, such as "probabilities by your classify"."""

    def shares(self, samples: NDArray[Any], classes: int) -> NDArray[np.float64] | None:
        """Return the shares ``(n, classes)`` for samples ``(n, *shape)`` in their own units; None without shares."""


@dataclass(frozen=True, eq=False)
class NearestReal:
    """A stratified subset of the training samples; as a `Classifier` it predicts the class of the nearest one.

    Attributes
    ----------
    index
        ``(m,)``: sorted indices in the data set.
    values
        ``(m, features)`` in model values.
    labels
        ``(m,)``, with -1 for unknown.
    """

    index: NDArray[np.int64]
    values: NDArray[np.float32]
    labels: NDArray[np.int64]
    transform: Transform

    @property
    def words(self) -> str:
        """How it predicts."""
        return f"the class nearest to its decode among {len(self.index):,} real samples"

    def __call__(self, samples: NDArray[Any]) -> NDArray[np.int64]:
        """Return the class of the real sample nearest to each, ``(n,)``."""
        return self.labels[self.find(samples)[0]]

    def find(self, samples: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the rows of the nearest real samples ``(n,)`` and their distances in model values."""
        given = self.transform.apply(samples).reshape(len(samples), -1)
        rows = self._squared_distances(given).argmin(axis=1)
        # The expanded form loses digits for near samples, so the distance is computed again.
        distances = np.linalg.norm(given.astype(np.float64) - self.values[rows], axis=1)
        return rows.astype(np.int64), distances

    @property
    def shares_words(self) -> str:
        """The meaning of the shares, in words."""
        return f"classes of the {min(VOTERS, len(self.index))} real samples nearest to the decode"

    def shares(self, samples: NDArray[Any], classes: int) -> NDArray[np.float64]:
        """Return the share of each class among the `VOTERS` nearest real samples, ``(n, classes)``.

        Samples of unknown class count, so the shares may add up to less than 1.
        """
        count = min(VOTERS, len(self.index))
        squares = self._squared_distances(self.transform.apply(samples).reshape(len(samples), -1))
        # Not sorted, as only the classes of the nearest count.
        nearest = self.labels[np.argpartition(squares, count - 1, axis=1)[:, :count]]  # (n, count)
        return np.stack([(nearest == one).mean(axis=1) for one in range(classes)], axis=1)

    def _squared_distances(self, given: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the squared distances ``(n, m)`` of model values ``(n, features)`` from the samples; inf for NaN."""
        # ‖a − b‖² = ‖a‖² − 2 a·b + ‖b‖² turns the comparison into one matrix product, (n, m).
        squares = _squares(given)[:, None] - 2 * (given @ self.values.T) + self._own_squares
        return np.where(np.isfinite(squares), squares, np.float32(np.inf))

    @cached_property
    def _own_squares(self) -> NDArray[np.float32]:
        """The squared lengths of the samples, ``(m,)``."""
        return _squares(self.values)


def nearest_real(dataset: Dataset) -> NearestReal:
    """Return the comparison with the training samples of a data set, which is cached while the data set exists."""
    # By identity, as a data set cannot be hashed; the weak reference shows whether it is still the same object.
    known = _KNOWN.get(id(dataset))
    if known is not None and known[0]() is dataset:
        return known[1]
    made = _make(dataset)
    key = id(dataset)
    _KNOWN[key] = (weakref.ref(dataset, lambda _: _KNOWN.pop(key, None)), made)
    return made


def class_finder(dataset: Dataset | None) -> Classifier | None:
    """Return a classifier of decodes; None without data, labels or training samples."""
    if dataset is None or dataset.labels is None or len(dataset.splits.train) == 0:
        return None
    return nearest_real(dataset)


_KNOWN: dict[int, tuple[weakref.ref[Dataset], NearestReal]] = {}
"""Comparisons by the id of their data set; an entry disappears with its data set."""


def _make(dataset: Dataset) -> NearestReal:
    index = _stratified(dataset)
    labels = np.full(len(index), -1) if dataset.labels is None else dataset.labels[index]
    values = dataset.model_inputs(index).reshape(len(index), -1)
    return NearestReal(index, values, labels.astype(np.int64), dataset.description.transform)


def _stratified(dataset: Dataset) -> NDArray[np.int64]:
    """Return a fixed, stratified subset of at most `REFERENCES` training samples, as sorted indices."""
    index = dataset.splits.train
    if len(index) <= REFERENCES:
        return index
    return np.unique(stratified(np.random.default_rng(0).permutation(index), dataset.labels, REFERENCES))


def _squares(values: NDArray[np.float32]) -> NDArray[np.float32]:
    result: NDArray[np.float32] = np.einsum("ij,ij->i", values, values)
    return result

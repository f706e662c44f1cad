"""What a reader found in a file: samples, and whatever belongs to each of them, before any interpretation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Axis
from explorer.data.report import Role


@dataclass(frozen=True)
class Found:
    """Samples as they are in a file, with the values that belong to them. `explorer.data.imports.interpret` continues.

    Attributes
    ----------
    name
        Name of the data set.
    where
        The source for messages: the path, or the path and the table in it.
    samples
        ``(N, F)`` numbers, ``(N, H, W)`` or ``(N, H, W, C)`` or ``(N, C, H, W)`` pictures. NaN is a missing value. Of a
        sparse matrix ``(N, F)``, absent values are 0. None if the features are columns.
    columns
        Values per sample ``(N,)``: numbers (NaN for missing), words (``""`` or None for missing), booleans, dates.
    roles
        The role of each column; those without an entry are attributes.
    why
        Why a column has its role, where that is not obvious.
    feature_names
        One name per feature of vectors.
    feature_kinds
        The kind of each feature: of `explorer.data.dataset.FeatureKind`, ``""`` where it is to be guessed, or
        ``"category"`` with a space and the name of the category, equal for all its features. Empty to guess all.
    names
        Names of the samples, if a reader knows them and they are no column: file names, words.
    class_names
        Names of the classes if the label column contains their numbers from 0.
    axis
        Positions of the features of a signal.
    value_range
        Range of the values as the file declares it.
    layout
        ``"HWC"`` or ``"CHW"`` if the file says it; otherwise "".
    by_columns
        Whether the pixels of pictures are known to be stored column by column.
    is_signal
        Whether the features are consecutive values of one signal.
    factors
        Names of the columns that are generative factors.
    rows
        The row of each sample in the file, ``(N,)`` counted from 0, if some were left out; None otherwise.
    """

    name: str
    where: str
    samples: Any = None
    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)
    feature_names: Sequence[str] = ()
    feature_kinds: Sequence[str] = ()
    names: Sequence[str] = ()
    class_names: Sequence[str] = ()
    axis: Axis | None = None
    value_range: tuple[float, float] | None = None
    layout: str = ""
    by_columns: bool = False
    is_signal: bool = False
    factors: frozenset[str] = frozenset()
    rows: NDArray[np.intp] | None = None

    def column_of(self, role: Role) -> str:
        """Return the name of the first column with a role, or ""."""
        return next((name for name, each in self.roles.items() if each == role), "")

    def columns_of(self, role: Role) -> list[str]:
        """Return the names of the columns with a role; columns without one are attributes."""
        return [name for name in self.columns if self.roles.get(name, "attribute") == role]


def take_rows(found: Found, rows: NDArray[np.intp]) -> Found:
    """Return the chosen samples with everything that belongs to them."""
    return replace(
        found,
        samples=found.samples[rows],
        columns={name: values[rows] for name, values in found.columns.items()},
        names=[found.names[row] for row in rows] if len(found.names) else (),
        # Messages name the rows of the file, not of what is left of it.
        rows=rows if found.rows is None else found.rows[rows],
    )


def take_features(found: Found, kept: NDArray[np.intp]) -> Found:
    """Return the chosen features of vectors, ascending, with what belongs to them."""
    axis = found.axis and replace(found.axis, values=found.axis.values[kept])
    return replace(
        found,
        samples=found.samples[:, kept],
        feature_names=[found.feature_names[index] for index in kept] if len(found.feature_names) else (),
        feature_kinds=[found.feature_kinds[index] for index in kept] if len(found.feature_kinds) else (),
        axis=axis,
    )

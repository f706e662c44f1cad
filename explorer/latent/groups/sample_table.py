"""What is known about samples without the model: numbers, names, classes, splits and columns, for searches."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.columns import LABEL_NAMES
from explorer.data.dataset import Column, Dataset, Description, dense

SUBJECTS = ("class", "index", "split", "name")
"""Subjects of a search in any data, besides the columns."""


@dataclass(frozen=True, eq=False)
class SampleTable:
    """The facts about n samples that a search can use.

    Attributes
    ----------
    index
        ``(n,)`` int64: indices in the data set.
    labels
        ``(n,)`` int64 indices into ``class_names``, with -1 for unknown; None without labels.
    columns
        Attributes of the same n samples.
    names
        Name of each sample, or empty.
    split
        ``(n,)`` name of each sample's split; None if it is not known.
    dataset
        The data set, if it is loaded: its features can then be searched by their names.
    """

    index: NDArray[np.int64]
    labels: NDArray[np.int64] | None = None
    class_names: tuple[str, ...] = ()
    columns: Mapping[str, Column] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    split: NDArray[np.str_] | None = None
    dataset: Dataset | None = None

    def __len__(self) -> int:
        return len(self.index)

    @cached_property
    def folded_names(self) -> tuple[str, ...]:
        """The names in lower case, cached because a search runs while the user types."""
        return tuple(name.casefold() for name in self.names)

    @cached_property
    def folded_classes(self) -> tuple[str, ...]:
        """The names of the classes in lower case."""
        return tuple(name.casefold() for name in self.class_names)

    @cached_property
    def _columns_by_name(self) -> dict[str, str | int]:
        """Columns by their comparable name; features of the samples by their index."""
        features: tuple[str, ...] = ()
        if self.dataset is not None and len(self.dataset.description.shape) == 1:
            features = self.dataset.description.feature_names
        found: dict[str, str | int] = {comparable(name): number for number, name in enumerate(features)}
        return found | {comparable(name): name for name in self.columns}

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of all columns and features."""
        features = [one for one in self._columns_by_name.values() if isinstance(one, int)]
        known = self.dataset.description.feature_names if self.dataset is not None else ()
        return (*self.columns, *(known[number] for number in features))

    def column(self, name: str) -> Column | None:
        """Return a column or feature by its name, ignoring case, and with _ for spaces; None if there is none."""
        found = self._columns_by_name.get(comparable(name))
        if found is None or isinstance(found, str):
            return None if found is None else self.columns[found]
        assert self.dataset is not None
        # One column only, since the term weights of texts are a sparse matrix.
        values = dense(self.dataset.samples[:, [found]])[self.index, 0]
        return Column(self.dataset.description.feature_names[found], values.astype(np.float64))

    def subject(self, name: str) -> str:
        """Return which of `SUBJECTS` a word means in this data, or "" if it may be a column."""
        word = comparable(name)
        if self.labels is not None and (word == "class" or (word in LABEL_NAMES and self.column(name) is None)):
            return "class"
        # A column of this name is what the user sees, if the data has nothing else of this name.
        if word == "name" and not self.names and self.column(name) is not None:
            return ""
        return word if word in SUBJECTS and not (word == "class" and self.column(name) is not None) else ""

    def is_subject(self, name: str) -> bool:
        """Return whether a search can ask about this name."""
        return bool(self.subject(name)) or self.column_exists(name)

    def column_exists(self, name: str) -> bool:
        """Return whether there is a column or feature of this name."""
        return comparable(name) in self._columns_by_name


def comparable(name: str) -> str:
    """Return a name in the form in which names are compared."""
    # Users write flipper_length and Flipper length alike.
    return " ".join(name.replace("_", " ").casefold().split())


def table_of_codes(codes: Any, description: Description, dataset: Dataset | None = None) -> SampleTable:
    """Return the table of the samples that have codes, from `PlaneCodes` or `Latents`; empty for draws from a prior."""
    if codes.drawn:
        return SampleTable(np.empty(0, np.int64))
    names = description.sample_names
    # Sessions and files may have indices that the names lack.
    shown = tuple(names[one] if one < len(names) else "" for one in codes.index.tolist()) if names else ()
    return SampleTable(codes.index, codes.labels, description.class_names, codes.columns, shown, codes.split, dataset)

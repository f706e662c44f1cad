"""What the values of one column are: their kind, how many differ, and what its name says."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.data.columns import MAX_CLASSES, is_missing
from explorer.data.report import some

Contents = Literal["empty", "number", "whole number", "yes/no", "date", "time", "word", "vector", "other"]

_PAIRS = (
    ("yes", "no"),
    ("y", "n"),
    ("true", "false"),
    ("t", "f"),
    ("ja", "nein"),
    ("j", "n"),
    ("wahr", "falsch"),
    ("oui", "non"),
    ("vrai", "faux"),
    ("si", "no"),
    ("sí", "no"),
    ("on", "off"),
)
"""Words for yes and no, in small letters."""
ONLY_CLASSES = "the only column with repeated words or few whole numbers"
"""Why a column is the label if `only_classes` found it."""
# Ratings of 1 to 10 in which nobody gave a 2, or the twelve months, are still classes.
FEW_NUMBERS = 12
"""At most this many different whole numbers are taken for classes if some numbers between them are missing."""
_KINDS: dict[str, Contents] = {
    "f": "number",
    "b": "yes/no",
    "M": "date",
    "m": "time",
    "U": "word",
    "S": "word",
    "O": "word",
}
_NAME_WORD = re.compile(r"[A-ZÄÖÜ]?[a-zäöüß]+|[A-ZÄÖÜ]+(?![a-zäöüß])|\d+")


@dataclass(frozen=True)
class ColumnFacts:
    """What the values of one column are, ``(N,)`` or ``(N, d)``."""

    name: str
    values: NDArray[Any]

    @cached_property
    def known(self) -> NDArray[Any]:
        """The values that are not missing."""
        return self.values if self.values.ndim > 1 else self.values[~is_missing(self.values)]

    @cached_property
    def contents(self) -> Contents:
        """The kind of the values."""
        if self.values.ndim > 1:
            return "vector" if self.values.dtype.kind in "uif" else "other"
        if len(self.known) == 0:
            return "empty"
        kind = self.values.dtype.kind
        # Floats, too: pandas writes whole numbers with missing values as 3.0.
        if kind in "ui" or (kind == "f" and not np.any(self.known % 1)):
            return "whole number"
        # Before words: both answers are words, but a model can take them as 1 and 0.
        if kind in "USO" and yes_no_values(self.values) is not None:
            return "yes/no"
        return _KINDS.get(kind, "other")

    @cached_property
    def distinct(self) -> int:
        """The number of different values, missing ones aside."""
        return len(np.unique(self.known))

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value of its own."""
        return len(self.known) == len(self.values) == self.distinct

    @property
    def numbers_rows(self) -> bool:
        """Whether the values count the rows."""
        if self.contents != "whole number" or len(self.known) < len(self.values) or len(self.values) < 2:
            return False
        return bool(np.array_equal(self.values, self.values[0] + np.arange(len(self.values))))

    @cached_property
    def rises(self) -> bool:
        """Whether each number is larger than that of the row before."""
        if self.contents not in ("number", "whole number") or len(self.known) < max(3, len(self.values)):
            return False
        return bool((np.diff(self.values) > 0).all())

    @cached_property
    def name_words(self) -> tuple[str, ...]:
        """The words of the name in small letters: ("patient", "id") of "patientID"."""
        return tuple(word.lower() for word in _NAME_WORD.findall(self.name))

    def text(self) -> str:
        """Return the contents in words: "whole numbers, 0 to 9"."""
        if self.contents == "vector":
            return f"lists of {self.values.shape[1]} numbers"
        if self.contents in ("empty", "other"):
            return "no values" if self.contents == "empty" else f"values of type {self.values.dtype}"
        missing = len(self.values) - len(self.known)
        more = f", {missing:,} missing" if missing else ""
        if self.contents in ("number", "whole number"):
            return f"{self.contents}s, {self.known.min():.4g} to {self.known.max():.4g}{more}"
        if self.contents == "date":
            low, high = (np.datetime_as_string(value, "D") for value in (self.known.min(), self.known.max()))
            return f"dates, {low} to {high}{more}"
        if self.contents == "time":
            return f"times of day{more}"
        if self.contents == "yes/no":
            words = "yes, no" if self.values.dtype.kind == "b" else some(sorted({word_of(each) for each in self.known}))
            return f"yes or no: {words}{more}"
        if self.distinct > 6:
            return f"{self.distinct:,} different words{more}"
        return f"words: {some([word_of(value) for value in np.unique(self.known)])}{more}"


def can_be_classes(column: ColumnFacts) -> bool:
    """Return whether values are words or whole numbers of which few are different."""
    if column.contents not in ("whole number", "word", "yes/no") or column.distinct > MAX_CLASSES:
        return False
    # Whole numbers of which most differ are measurements, such as prices.
    # At least 20 different values are allowed, so that 15 rows can have the ten digits as classes.
    return column.contents != "whole number" or column.distinct <= max(20, len(column.values) // 2)


def only_classes(columns: Sequence[ColumnFacts]) -> str | None:
    """Return the only column that is plainly one of classes: words or a few whole numbers, each in several rows."""
    able = [column for column in columns if can_be_classes(column) and 2 <= column.distinct <= len(column.known) / 2]
    # Whole numbers with gaps, such as ages, are measurements.
    plain = [column for column in able if column.contents != "whole number" or _are_few_numbers(column)]
    return plain[0].name if len(plain) == 1 else None


def _are_few_numbers(column: ColumnFacts) -> bool:
    return column.distinct <= FEW_NUMBERS or counts_classes(column)


def counts_classes(column: ColumnFacts) -> bool:
    """Return whether whole numbers are 0, 1, 2, … or 1, 2, 3, … without a gap."""
    low, high = int(column.known.min()), int(column.known.max())
    return low in (0, 1) and column.distinct == high - low + 1


def yes_no_values(values: NDArray[Any]) -> NDArray[np.float64] | None:
    """Return 1 for yes, 0 for no and NaN for missing; None if the values are not both of these in one language."""
    known = ~is_missing(values)
    words = {str(word_of(value)).strip().lower() for value in set(values[known].tolist())}
    # Both have to occur, and in one language: "no" beside "ja" is more likely a list of countries.
    pair = next((pair for pair in _PAIRS if words == set(pair)), None)
    if pair is None:
        return None
    numbers = np.full(len(values), np.nan)
    numbers[known] = [float(word_of(value).strip().lower() == pair[0]) for value in values[known]]
    return numbers


def word_of(value: Any) -> str:
    """Return a value of a column as a word; whole numbers are without a decimal point."""
    if isinstance(value, float | np.floating) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def feature_title(names: Sequence[str], feature: int) -> str:
    """Return the name of a feature, or "feature" with its number, counted from 1."""
    return str(names[feature]) if feature < len(names) else f"feature {feature + 1}"

"""A table as the reader of its format returns it, before its columns are interpreted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from explorer.data.report import Notes, some

UNNAMED = "unnamed"
"""Name of a column that has none in the file."""


@dataclass(frozen=True)
class ReadTable:
    """A table as its reader returns it.

    Attributes
    ----------
    has_names
        Whether the names of the columns are those of the file, not numbers given by the reader.
    is_signal
        Whether the columns of numbers are consecutive values of one signal.
    decimal
        The decimal mark of the file, which decides where a number as text can be read in two ways.
    is_decimal_sure
        Whether a number of the file, or the config, settles the decimal mark.
    is_text
        Whether the file is text, in which numbers are always written as words.
    row_numbers
        The number of each row in the file, from 0, if rows were left out.
    class_names
        Names of the numbers in a column, in their order, as the file declares them.
    """

    table: pa.Table
    has_names: bool = True
    is_signal: bool = False
    decimal: str = "."
    is_decimal_sure: bool = False
    is_text: bool = False
    row_numbers: NDArray[np.intp] | None = None
    class_names: Mapping[str, Sequence[str]] = field(default_factory=dict)


def unique_names(names: Sequence[Any]) -> tuple[list[str], list[str]]:
    """Return names of columns that differ, "a (2)" for the second "a", and those that were changed.

    A column without a name is called `UNNAMED`: an empty name could not be chosen in the settings.
    """
    found: dict[str, None] = {}
    changed = []
    for name in ("" if name is None else str(name).strip() for name in names):
        unique, number = name or UNNAMED, 2
        while unique in found:
            unique, number = f"{name or UNNAMED} ({number})", number + 1
        if unique != name:
            changed.append(unique)
        found[unique] = None
    return list(found), changed


def say_names(changed: Sequence[str], notes: Notes) -> None:
    """Write into the report which names of columns were changed."""
    if changed:
        notes.understood(f"names of columns that are missing or occur twice were replaced: {some(changed)}")


def column_of(values: Sequence[Any]) -> pa.Array:
    """Return Python values as a column: of their type if they have one in common, else as words."""
    # Arrow infers the type from all values; mixed ones fail, as do whole numbers beyond 64 bits.
    try:
        return pa.array(values)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return pa.array([None if value is None else _word(value) for value in values], pa.string())


def _word(value: Any) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    # A column of Excel with numbers and words has 12.0 where its cell shows 12.
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)

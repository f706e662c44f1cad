"""Turns the columns of an Arrow table into NumPy values: numbers, booleans, dates, words, or lists of numbers.

What is converted is collected, and said once for all columns by `ColumnReader.say`.
"""

from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from explorer.config import DataConfig
from explorer.data.report import MAX_ITEMS, Notes, noun, rows_text, some
from explorer.data.tables.read_table import ReadTable
from explorer.data.tables.text_dates import clock_times, parse_dates, seconds
from explorer.data.tables.text_lists import are_lists, parse_lists, vectors_of
from explorer.data.tables.text_numbers import (
    NUMBER_MARKS,
    WORD_MARKS,
    Parsed,
    has_leading_zeros,
    number_of,
    parse_numbers,
)

MOSTLY = 0.5
"""A column of text of which a larger share are numbers can be a column of numbers with faults."""
MAX_STRAY_SHARE, MAX_STRAY_WORDS = 0.05, 3
"""Words among numbers are faults if they are at most this share of the values, or at most this many different ones."""


class ColumnReader:
    """Reads the columns of one table, and collects what was converted.

    Attributes
    ----------
    unusable
        The contents of the columns that cannot be used, and the reason, by name.
    """

    def __init__(self, read: ReadTable, config: DataConfig, notes: Notes) -> None:
        self._read, self._config, self._notes = read, config, notes
        self._how: dict[str, list[str]] = defaultdict(list)
        self._marks: dict[str, Counter[str]] = defaultdict(Counter)
        self.unusable: dict[str, tuple[str, str]] = {}

    def values_of(self, column: pa.ChunkedArray, name: str) -> NDArray[Any] | None:
        """Return the values of a column: ``(N,)``, or ``(N, d)`` for lists of d numbers; None if they cannot be used.

        Missing values are NaN, NaT or None.
        """
        values = self._values(column, name)
        return values if values is None or values.dtype.kind not in "if" else self._without_numbers(values, name)

    def _values(self, column: pa.ChunkedArray, name: str) -> NDArray[Any] | None:
        # Categories of pandas, with the words stored once.
        if pa.types.is_dictionary(column.type):
            column = compute.cast(column, column.type.value_type)
        values, kind = _whole(column), column.type
        # Numbers whose names the file declares stay numbers, so that the names keep their order.
        if name in self._read.class_names and pa.types.is_integer(kind):
            return self._numbers(values)
        if pa.types.is_null(kind):
            return np.full(len(column), np.nan)
        if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            return self._numbers(values)
        if pa.types.is_boolean(kind):
            return _booleans(values)
        if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
            return seconds(values)
        if pa.types.is_time(kind):
            return clock_times(values)
        if pa.types.is_duration(kind):
            self._how["durations became numbers of seconds"].append(name)
            return self._numbers(values.cast(pa.duration("us"), safe=False).cast(pa.int64())) / 1e6
        if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
            return self._text(values.cast(pa.string()), name)
        if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
            return self._vectors(values, name)
        self._leave_out(name, f"values of type {kind}", f"values of type {kind} are neither numbers nor words")
        return None

    def say(self) -> None:
        """Write what was converted into the report."""
        for how, names in self._how.items():
            self._notes.changed(f"{how} (column{'s' if len(names) > 1 else ''} {some(names)})")
        total = sum(sum(counts.values()) for counts in self._marks.values())
        if total:
            marks = list(dict.fromkeys(mark for counts in self._marks.values() for mark in counts))
            where = some([f"{name}: {sum(counts.values()):,}" for name, counts in self._marks.items()])
            cells = f"{total:,} cells with {some(marks)} count" if total > 1 else f"one cell with {marks[0]} counts"
            self._notes.changed(f"{cells} as missing ({where})")

    def _without_numbers(self, values: NDArray[Any], name: str) -> NDArray[Any]:
        """Return numbers with NaN for those that the config says mean a missing value."""
        marks = [number for mark in self._config.missing_marks if (number := number_of(mark)) is not None]
        marked = np.isin(values, marks) if marks else np.zeros(0, bool)
        if not marked.any():
            return values
        for number, count in zip(*np.unique(values[marked], return_counts=True), strict=True):
            self._marks[name][f"{number:g}"] += int(count)
        return np.where(marked, np.nan, values)

    def _leave_out(self, name: str, contents: str, why: str) -> None:
        self.unusable[name] = contents, why
        self._notes.left_out("column", why, [name])

    @staticmethod
    def _numbers(values: pa.Array) -> NDArray[Any]:
        """Return numbers as int64, or as float64 with NaN for missing values."""
        if pa.types.is_integer(values.type) and not values.null_count and not pa.types.is_uint64(values.type):
            return np.asarray(values.cast(pa.int64()).to_numpy(zero_copy_only=False))
        floats = values.cast(pa.float64(), safe=False)  # large integers may lose digits, as in float32
        return np.asarray(compute.fill_null(floats, float("nan")).to_numpy(zero_copy_only=False))

    def _vectors(self, lists: pa.Array, name: str) -> NDArray[Any] | None:
        found = vectors_of(lists)
        if found is None:
            self._leave_out(name, f"values of type {lists.type}", "lists of different lengths, or not of numbers")
            return None
        values, others, width = found
        rows = np.flatnonzero(others)
        self._stray(name, f"lists that do not have {width:,} numbers count as missing", rows, None)
        return values

    def _stray(self, name: str, why: str, rows: NDArray[np.intp], words: pa.Array | None) -> None:
        """Write values of another kind than their column into the report."""
        numbers = self._read.row_numbers
        items = rows_text(rows if numbers is None else numbers[rows])
        if words is not None:
            items = [f"{item}: {words[int(row)].as_py()}" for item, row in zip(items[:MAX_ITEMS], rows, strict=False)]
        self._notes.left_out(noun(len(rows), "value"), f"column {name!r}: {why}", items, count=len(rows))

    def _text(self, words: pa.Array, name: str) -> NDArray[Any] | None:
        try:
            words = compute.utf8_trim_whitespace(words)
            words = compute.if_else(compute.equal(words, ""), pa.scalar(None, words.type), words)
            words.validate(full=True)
        except pa.ArrowInvalid:
            self._leave_out(name, "words", "its words are not valid UTF-8 text")
            return None
        words = self._without_marks(words, name, frozenset(self._config.missing_marks), lower=False)
        if words.null_count == len(words):
            return np.full(len(words), np.nan)
        if are_lists(words) and not self._wants_words(name):
            return self._vectors(parse_lists(words), name)
        # "-" or "unknown" mean a missing number, but are values in a column of words: they are counted as missing only
        # once it is known that the column has numbers or dates.
        bare = self._without_marks(words, "", NUMBER_MARKS, lower=True)
        for read in (self._as_numbers, self._as_dates):
            parsed = read(bare, name) if bare.null_count < len(bare) else None
            if parsed is not None:
                self._without_marks(words, name, NUMBER_MARKS, lower=True)  # counts them
                self._note(parsed, name, bare)
                return parsed.values
        known = frozenset() if self._config.missing_marks else WORD_MARKS
        words = self._without_marks(words, name, known, lower=True)
        return np.array(words.to_pylist(), dtype=object)

    def _wants_words(self, name: str) -> bool:
        """Return whether the config gives the column a role of words."""
        config = self._config
        return (
            name in (config.label_column, config.name_column, config.split_column, config.group_column)
            or name in config.category_columns
            or name in config.attribute_columns
        )

    def _as_numbers(self, words: pa.Array, name: str) -> Parsed | None:
        config = self._config
        if has_leading_zeros(words) and name not in config.feature_columns:
            self._notes.understood(f"column {name!r}: digits that begin with 0 are codes, and stay words")
            return None
        parsed = parse_numbers(words, self._read.decimal, fixed=config.decimal != "auto")
        if parsed is None or not parsed.stray.any():
            return parsed
        known, stray = len(words) - words.null_count, int(parsed.stray.sum())
        # A few typing errors among many numbers are faults; many different words are another kind of column.
        different = compute.count_distinct(words.filter(pa.array(parsed.stray))).as_py()
        faults = stray < MOSTLY * known and (different <= MAX_STRAY_WORDS or stray <= MAX_STRAY_SHARE * known)
        return parsed if faults and not self._wants_words(name) else None

    def _as_dates(self, words: pa.Array, name: str) -> Parsed | None:
        parsed = parse_dates(words)
        if parsed is not None and parsed.ambiguous:
            self._notes.understood(
                f"column {name!r}: dates such as {parsed.ambiguous} can be read in two ways, and stay words"
            )
            return None
        return parsed

    def _note(self, parsed: Parsed, name: str, words: pa.Array) -> None:
        if not self._read.is_text and parsed.values.dtype.kind == "f" and not parsed.how:
            self._how["numbers that are stored as text were read as numbers"].append(name)
        for how in parsed.how:
            self._how[how].append(name)
        if parsed.ambiguous and not self._read.is_decimal_sure:
            self._doubt(parsed.ambiguous, name)
        kind = "dates" if parsed.values.dtype.kind in "mM" else "numbers"
        rows = np.flatnonzero(parsed.stray)
        self._stray(name, f"words among {kind} count as missing", rows, words)

    def _doubt(self, example: str, name: str) -> None:
        """Offer the other decimal mark where all numbers of a column fit both."""
        mark, other, name_of_other = {".": (".", ",", "comma"), ",": (",", ".", "point")}[self._read.decimal]
        plain = example.replace(other, "").replace(mark, ".")
        self._notes.warn(
            f"column {name!r}: {example} was read as {plain}; set data.decimal if the decimal mark is a {name_of_other}"
        )
        self._notes.offer("decimal", name_of_other, f"read {example} with a decimal {name_of_other}")

    def _without_marks(self, words: pa.Array, name: str, marks: frozenset[str], *, lower: bool) -> pa.Array:
        """Return words with None for the marks of missing values; count them unless ``name`` is ""."""
        if not marks:
            return words
        compared = compute.utf8_lower(words) if lower else words
        marked = compute.is_in(compared, pa.array(sorted(marks), pa.string()))
        if not compute.any(marked).as_py():
            return words
        if name:
            for entry in compute.value_counts(words.filter(marked)).to_pylist():
                self._marks[name][entry["values"]] += entry["counts"]
        return compute.if_else(marked, pa.scalar(None, words.type), words)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole


def _booleans(values: pa.Array) -> NDArray[Any]:
    """Return booleans, as words if some are missing."""
    if not values.null_count:
        return np.asarray(values.to_numpy(zero_copy_only=False))
    return np.array([None if value is None else "yes" if value else "no" for value in values.to_pylist()], dtype=object)

"""Reads dates and times of day that are written as text: ISO 8601, German, and with slashes if they are unambiguous."""

import re
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from explorer.data.tables.text_numbers import Parsed, few_words

_TIME = r"([ T]+\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?$"
_ISO = r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}" + _TIME
_GERMAN = r"^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})" + _TIME
_SLASHES = r"^(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})" + _TIME
_NAMED = r"^(\d{1,2})[-. /]+(\pL{3,9})\.?[-. ,/]+(\d{4}|\d{2})" + _TIME
_NAMED_FIRST = r"^(\pL{3,9})\.? (\d{1,2}),? (\d{4})" + _TIME
_MONTHS = (
    "jan",
    "feb|fév",
    "mar|mär|mrz",
    "apr|avr",
    "may|mai",
    "jun",
    "jul",
    "aug|aoû",
    "sep",
    "oct|okt",
    "nov",
    "de[czç]|déc",
)
"""The beginnings of the names of the months in English, German and French."""
_MONTH = r"^\d{4}-\d{2}$"
_DATE_LIKE = re.compile(
    r"\d[-/.]\s?\d{1,2}[-/.]\s?\d|^\d{4}-\d\d$|\d:\d\d(\D|$)|\d[-. /]+[^\W\d_]{3}|^[^\W\d_]{3,9}\.? \d"
)
"""A part of every date."""
_HALF_DAY = r"(?i)(\b|\D)(0?\d|1[0-2]):\d{2}(:\d{2})?\s*[ap]\.?m\.?$"
_CLOCK = r"^\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$"
MOSTLY = 0.9
"""Minimum share of dates among the words of a column of dates."""


def parse_dates(words: pa.Array) -> Parsed | None:
    """Return the dates in a column of words as datetime64, times of day as timedelta64, or None if it has none.

    Dates with slashes are not read if none of them tells the day from the month; ``ambiguous`` then has an example.
    """
    known = words.drop_null()
    if not any(map(_DATE_LIKE.search, few_words(words))):
        return None
    halves = compute.fill_null(compute.match_substring_regex(words, _HALF_DAY), False)
    if compute.any(halves).as_py():
        return _with_halves(words, np.asarray(halves.to_numpy(zero_copy_only=False)))
    for pattern, read in ((_ISO, _iso), (_GERMAN, _german), *_RARE):
        fits = compute.fill_null(compute.match_substring_regex(words, pattern), False)
        if compute.sum(fits).as_py() < MOSTLY * max(1, len(known)) or not compute.any(fits).as_py():
            continue
        chosen = compute.if_else(fits, words, pa.scalar(None, words.type))
        stray = np.asarray(words.is_valid()) & ~np.asarray(fits.to_numpy(zero_copy_only=False))
        try:
            found = read(chosen)
        except (pa.ArrowInvalid, ValueError):
            return None  # a 30th of February, for example
        return found if found is None or found.ambiguous else Parsed(found.values, stray, found.how)
    return None


def _with_halves(words: pa.Array, halves: NDArray[np.bool_]) -> Parsed | None:
    """Return the dates in a column with hours up to 12, followed by AM or PM."""
    parsed = parse_dates(compute.replace_substring_regex(words, r"(?i)\s*[ap]\.?m\.?$", ""))
    if parsed is None or parsed.ambiguous:
        return parsed
    afternoon = np.asarray(compute.fill_null(compute.match_substring_regex(words, r"(?i)p\.?m\.?$"), False))
    hours = compute.replace_substring_regex(words, r"^[^:]*?(\d{1,2}):.*$", r"\1")
    hour = np.asarray(compute.fill_null(compute.if_else(pa.array(halves), hours, "0"), "0").cast(pa.int64()))
    shift = np.where(halves, hour % 12 + 12 * afternoon - hour, 0).astype("timedelta64[h]")
    return replace(parsed, values=parsed.values + shift.astype("timedelta64[s]"))


def seconds(values: pa.Array) -> NDArray[np.datetime64]:
    """Return a column of dates as datetime64 in seconds, in UTC if it has a time zone."""
    return np.asarray(values.cast(pa.timestamp("s"), safe=False).to_numpy(zero_copy_only=False), "datetime64[s]")


def _parsed(iso: pa.Array, how: tuple[str, ...] = ()) -> Parsed:
    """Return dates in the order year, month, day."""
    text = compute.replace_substring_regex(iso, r"^(\d{4})[/.](\d{1,2})[/.](\d{1,2})", r"\1-\2-\3")
    text = compute.replace_substring_regex(text, r"-(\d)(-|\b)", r"-0\1\2")
    text = compute.replace_substring_regex(text, r"-(\d)(-|\b)", r"-0\1\2")  # the day, which the month overlapped
    # Arrow wants two digits everywhere.
    text = compute.replace_substring_regex(text, r"[ T]+(\d):", r" 0\1:")
    text = compute.replace_substring(text, ",", ".")
    try:
        stamps = compute.cast(text, pa.timestamp("ns"))
    except pa.ArrowInvalid:  # it has a time zone
        stamps = compute.cast(text, pa.timestamp("ns", "UTC"))
    return Parsed(seconds(stamps), np.zeros(len(text), bool), how)


def _iso(words: pa.Array) -> Parsed:
    return _parsed(words)


def _month(words: pa.Array) -> Parsed:
    return _parsed(compute.binary_join_element_wise(words, pa.scalar("-01", words.type), ""))


def _german(words: pa.Array) -> Parsed:
    return _parsed(_reordered(words, _GERMAN, r"\3-\2-\1\4\7"), ("dates were read as day.month.year",))


def _slashes(words: pa.Array) -> Parsed | None:
    first, second = (
        compute.cast(compute.replace_substring_regex(words, _SLASHES, part), pa.int32()) for part in (r"\1", r"\2")
    )
    day_first, month_first = (compute.max(part).as_py() > 12 for part in (first, second))
    # A 13th month tells, a column of days up to 12 does not.
    if day_first == month_first:
        example = str(words.drop_null()[0].as_py())
        return Parsed(np.array([]), np.ones(len(words), bool), ambiguous=example)
    if day_first:
        return _parsed(_reordered(words, _SLASHES, r"\3-\2-\1\4\7"), ("dates were read as day/month/year",))
    return _parsed(_reordered(words, _SLASHES, r"\3-\1-\2\4\7"), ("dates were read as month/day/year",))


def _reordered(words: pa.Array, pattern: str, order: str) -> pa.Array:
    """Return dates with the year first and in four digits: 69 is 2069, 70 is 1970."""
    text = compute.replace_substring_regex(words, pattern, order)
    text = compute.replace_substring_regex(text, r"^([0-6]\d)-", r"20\1-")
    return compute.replace_substring_regex(text, r"^([7-9]\d)-", r"19\1-")


def _clock(words: pa.Array) -> Parsed:
    text = compute.replace_substring_regex(words, r"^(\d):", r"0\1:")
    stamps = compute.cast(compute.binary_join_element_wise("1970-01-01", text, " "), pa.timestamp("us"))
    times = np.asarray(stamps.to_numpy(zero_copy_only=False)).astype("datetime64[s]") - np.datetime64(0, "s")
    return Parsed(times, np.zeros(len(words), bool))


def _named(words: pa.Array) -> Parsed:
    ordered = compute.replace_substring_regex(words, _NAMED_FIRST, r"\2 \1 \3\4")
    text = compute.replace_substring_regex(ordered, _NAMED, r"\1.\2.\3\4")
    for number, names in enumerate(_MONTHS, 1):
        text = compute.replace_substring_regex(text, rf"(?i)\.({names})\pL*\.", f".{number}.")
    return _parsed(_reordered(text, _GERMAN, r"\3-\2-\1\4\7"), ("names of months were read as dates",))


_RARE = (
    (_SLASHES, _slashes),
    (_NAMED, _named),
    (_NAMED_FIRST, _named),
    (_MONTH, _month),
    (_CLOCK, _clock),
)


def clock_times(values: pa.Array) -> NDArray[np.timedelta64]:
    """Return a column of times of day as timedelta64 in seconds."""
    whole = values.cast(pa.time64("us")).cast(pa.int64())
    micros = np.asarray(compute.fill_null(whole, 0).to_numpy(zero_copy_only=False)).astype("timedelta64[us]")
    times = micros.astype("timedelta64[s]")
    times[np.asarray(whole.is_null())] = np.timedelta64("NaT")
    return times

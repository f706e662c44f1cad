"""Reads lists of numbers that are written as text, such as "[0.1, 0.2]" or the "70 80 82 …" of pixels."""

import re

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|nan"
_BRACKETED = rf"^\s*[\[(]\s*({_NUMBER})([\s,;]+({_NUMBER}))*[\s,;]*[\])]\s*$"
_BARE = rf"^\s*({_NUMBER})([\s,;|]+({_NUMBER})){{3,}}\s*$"
_SEPARATORS = re.compile(r"[\s,;|\[(]")
_LOOKED_AT = 20
_CHUNK = 500
MOSTLY = 0.5
"""Lists of the usual length must be more than this share; others count as missing."""
MAX_NUMBERS = 1 << 30
"""Maximum number of numbers in all lists of a column."""


def are_lists(words: pa.Array) -> bool:
    """Return whether the first words are lists of numbers: in brackets, or at least four numbers."""
    first = words.drop_null().slice(0, _LOOKED_AT)
    # All must be lists: the first one tells for most columns, without compiling a pattern for each of thousands.
    if len(first) == 0 or not _SEPARATORS.search(first[0].as_py()):
        return False
    return any(compute.all(compute.match_substring_regex(first, each)).as_py() for each in (_BRACKETED, _BARE))


def parse_lists(words: pa.Array) -> pa.Array:
    """Return lists of numbers from words; words that are no lists become missing."""
    chunks = [_parsed(words.slice(start, _CHUNK)) for start in range(0, len(words), _CHUNK)]
    return pa.chunked_array(chunks).combine_chunks() if chunks else pa.array([], pa.list_(pa.float32()))


def _parsed(words: pa.Array) -> pa.Array:
    plain = compute.utf8_trim_whitespace(compute.replace_substring_regex(words, r"[\[\](),;|]", " "))
    cells = compute.utf8_split_whitespace(plain)
    try:
        flat = compute.cast(compute.list_flatten(cells), pa.float32())
    except pa.ArrowInvalid:
        if len(words) > 1:  # find the words that are no lists
            return pa.chunked_array([_parsed(words.slice(row, 1)) for row in range(len(words))]).combine_chunks()
        return pa.array([None], pa.list_(pa.float32()))
    lengths = np.asarray(compute.fill_null(compute.list_value_length(cells), 0).to_numpy(zero_copy_only=False))
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), flat, mask=compute.is_null(cells))


def vectors_of(lists: pa.Array) -> tuple[NDArray[np.float32], NDArray[np.bool_], int] | None:
    """Return lists of numbers as rows ``(N, d)``, the rows of another length than d, and d; None if lengths vary.

    Rows of another length, and missing ones, are NaN.
    """
    while pa.types.is_fixed_size_list(lists.type) or pa.types.is_large_list(lists.type):
        lists = lists.cast(pa.list_(lists.type.value_type))
    if not pa.types.is_list(lists.type):  # structs in lists
        return None
    if pa.types.is_nested(lists.type.value_type):
        lists = _without_nesting(lists)
        if lists is None:
            return None
    item = lists.type.value_type
    if not (pa.types.is_integer(item) or pa.types.is_floating(item) or pa.types.is_boolean(item)):
        return None
    lengths = np.asarray(compute.fill_null(compute.list_value_length(lists), -1).to_numpy(zero_copy_only=False))
    sizes, counts = np.unique(lengths[lengths > 0], return_counts=True)
    if (
        len(sizes) == 0
        or counts.max() <= MOSTLY * len(lengths)
        or int(sizes[counts.argmax()]) * len(lengths) > MAX_NUMBERS
    ):
        return None
    width = int(sizes[counts.argmax()])
    fits = lengths == width
    flat = compute.list_flatten(lists.filter(pa.array(fits))).cast(pa.float32(), safe=False)
    values = np.full((len(lengths), width), np.nan, np.float32)
    values[fits] = compute.fill_null(flat, float("nan")).to_numpy(zero_copy_only=False).reshape(-1, width)
    return values, (lengths >= 0) & ~fits, width


def _without_nesting(lists: pa.Array) -> pa.Array | None:
    """Return lists of lists, such as the rows of a picture, as lists of numbers; None if the inner lengths vary."""
    inner = vectors_of(compute.list_flatten(lists))
    if inner is None or inner[1].any():
        return None
    values, _, width = inner
    lengths = np.asarray(compute.fill_null(compute.list_value_length(lists), 0).to_numpy(zero_copy_only=False))
    offsets = np.concatenate(([0], np.cumsum(lengths * width))).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values.ravel()), mask=compute.is_null(lists))

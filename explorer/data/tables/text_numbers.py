"""Reads numbers that are written as text: decimal commas, separators of thousands, percent and currency signs.

A column is read in the style in which most of its values are numbers. Where both styles fit and differ ("1,234" is 1234
or 1.234), the decimal mark of the file decides.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from explorer.data.report import some

NUMBER_MARKS = frozenset(
    {
        *("na", "n/a", "n.a.", "n. a.", "nan", "-nan", "<na>", "null", "(null)", "none", "nil", "\\n", "missing"),
        *("unknown", "undefined", "n.d.", "n.v.", "k.a.", "k. a.", "fehlt"),
        *("?", "*", "-", "--", "---", "–", "—", ".", "..", "..."),
        *("#n/a", "#na", "#nv", "#value!", "#wert!", "#valeur!", "#div/0!", "#ref!", "#bezug!", "#name?"),
        *("#num!", "#zahl!"),
    }
)
"""Words, in small letters, that mean a missing value in a column of numbers or dates."""
WORD_MARKS = frozenset({"na", "n/a", "nan", "null", "<na>", "#n/a", "#nv", "?", "\\n"})
"""Words, in small letters, that mean a missing value in a column of words."""

_SIGNS = r"[%€$£¥]"
_PLAIN = r"^[+-]?(\d+(D\d*)?|D\d+)([eE][+-]?\d+)?$"
_GROUPED = r"^[+-]?[1-9]\d{0,2}((G\d{3})+|( \d{3})+|('\d{3})+)(D\d+)?$"
_ESCAPED = {".": r"\.", ",": ","}


@dataclass(frozen=True)
class Parsed:
    """Values read from text.

    Attributes
    ----------
    values
        Numbers, datetime64 or timedelta64 ``(N,)``, with NaN or NaT for missing and stray words.
    stray
        Which words are no such value ``(N,)``.
    how
        What was converted, each as the beginning of a sentence.
    ambiguous
        A word that can be read in two ways, if no other word of the column settles it.
    """

    values: NDArray[Any]
    stray: NDArray[np.bool_]
    how: tuple[str, ...] = ()
    ambiguous: str = ""


def other_mark(decimal: str) -> str:
    """Return the mark that separates thousands where ``decimal`` is the decimal mark."""
    return "," if decimal == "." else "."


def few_words(words: pa.Array) -> list[str]:
    """Return at most 20 words at equal distances, by which a column of another kind is known at once.

    A table may have thousands of columns, and compiling all patterns for each of them would take long.
    """
    known = words.drop_null()
    rows = np.linspace(0, len(known) - 1, min(20, len(known))).astype(int)
    return [str(word) for word in known.take(pa.array(rows)).to_pylist()]


def number_of(word: str) -> float | None:
    """Return the number that a word is, or None; "−9999" with a typographic minus is one, too."""
    try:
        return float(word.replace("\u2212", "-"))
    except ValueError:
        return None


def parse_numbers(words: pa.Array, decimal: str, *, fixed: bool) -> Parsed | None:
    """Return the numbers in a column of words without blanks around them, or None if it has none.

    Parameters
    ----------
    decimal
        The decimal mark of the file.
    fixed
        Whether the other style is not tried.
    """
    # Most columns have plain numbers only, which Arrow casts at once. A single other word makes it refuse the column.
    # That is no fault of the file: the patterns below read the other styles and mark stray words.
    if decimal == ".":
        with suppress(pa.ArrowInvalid):
            return Parsed(_floats(compute.cast(words, pa.float64())), np.zeros(len(words), bool))
    if not any(char.isdecimal() for word in few_words(words) for char in word):
        return None
    text, signs = _without_signs(_plain_characters(words))
    styles = [decimal] if fixed else [decimal, other_mark(decimal)]
    masks = {style: _matches(text, style) for style in styles}
    # The file's own style comes first: `max` keeps the first of equals.
    style = max(styles, key=lambda each: int((masks[each][0] | masks[each][1]).sum()))
    plain, grouped = masks[style]
    fits = plain | grouped
    if not fits.any():
        return None
    values = _convert(text, fits, style)
    return Parsed(
        values,
        np.asarray(words.is_valid()) & ~fits,
        _how(text, style, decimal, plain, grouped, signs),
        _doubt(text, style, fits, styles),
    )


def has_leading_zeros(words: pa.Array) -> bool:
    """Return whether all words are digits and some begin with 0, as in postal codes."""
    known = words.drop_null()
    if not compute.any(compute.starts_with(known, "0")).as_py():  # quick, as no pattern is compiled
        return False
    if not compute.any(compute.match_substring_regex(known, r"^0\d+$")).as_py():
        return False
    return bool(compute.all(compute.match_substring_regex(known, r"^\d+$")).as_py())


def _plain_characters(words: pa.Array) -> pa.Array:
    """Return words with the usual minus, space and apostrophe instead of their typographic forms."""
    for found, plain in (("\u2212", "-"), ("\xa0", " "), ("\u202f", " "), ("\u2009", " "), ("\u2019", "'")):
        words = compute.replace_substring(words, found, plain)
    return words


def _without_signs(words: pa.Array) -> tuple[pa.Array, list[str]]:
    """Return words without percent and currency signs at one end, and the signs."""
    # A sign beside other words, as in "5 % of all", is part of a text.
    pattern = rf"^({_SIGNS}|EUR|USD|CHF)\s*([+-]?[\d.,' ]+)$|^([+-]?[\d.,' ]+?)\s*({_SIGNS}|EUR|USD|CHF)$"
    has_sign = compute.fill_null(compute.match_substring_regex(words, pattern), False)
    if not compute.any(has_sign).as_py():
        return words, []
    stripped = compute.replace_substring_regex(words, pattern, r"\2\3")
    found = compute.unique(compute.replace_substring_regex(words.filter(has_sign), r"[\d.,' +-]", "")).to_pylist()
    return compute.if_else(has_sign, stripped, words), sorted(found)


def _matches(text: pa.Array, decimal: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which words are plain numbers, and which have separators of thousands."""
    found = []
    for pattern in (_PLAIN, _GROUPED):
        filled = pattern.replace("D", _ESCAPED[decimal]).replace("G", _ESCAPED[other_mark(decimal)])
        matched = compute.fill_null(compute.match_substring_regex(text, filled), False)
        found.append(np.asarray(matched.to_numpy(zero_copy_only=False), bool))
    return found[0], found[1]


def _convert(text: pa.Array, fits: NDArray[np.bool_], decimal: str) -> NDArray[np.float64]:
    chosen = compute.if_else(pa.array(fits), text, pa.scalar(None, text.type))
    bare = compute.replace_substring_regex(chosen, r"[ '" + other_mark(decimal) + "]", "")
    if decimal == ",":
        bare = compute.replace_substring(bare, ",", ".")
    # Arrow reads neither a plus sign nor a bare decimal mark.
    bare = compute.replace_substring_regex(bare, r"^\+", "")
    return _floats(compute.cast(bare, pa.float64()))


def _floats(values: pa.Array) -> NDArray[np.float64]:
    return np.asarray(compute.fill_null(values, float("nan")).to_numpy(zero_copy_only=False), np.float64)


def _how(
    text: pa.Array,
    decimal: str,
    of_file: str,
    plain: NDArray[np.bool_],
    grouped: NDArray[np.bool_],
    signs: list[str],
) -> tuple[str, ...]:
    """Return what was converted, as the beginning of a sentence."""
    how = []
    fits = plain | grouped
    if decimal == "," and _any_contains(text, fits, ","):
        how.append("decimal commas were read as decimal points")
    separators = [mark for mark in (other_mark(decimal), " ", "'") if _any_contains(text, grouped, mark)]
    if separators:
        names = {".": "points", ",": "commas", " ": "spaces", "'": "apostrophes"}
        how.append(f"{some([names[mark] for mark in separators])} were read as separators of thousands")
    if signs:
        how.append(
            f"the {'sign' if len(signs) == 1 else 'signs'} {some(signs)} {'was' if len(signs) == 1 else 'were'} removed"
        )
    if decimal == "." and decimal != of_file and _any_contains(text, plain, "."):
        how.append("points were read as decimal marks, though the file has decimal commas")
    return tuple(how)


def _any_contains(text: pa.Array, rows: NDArray[np.bool_], mark: str) -> bool:
    chosen = text.filter(pa.array(rows))
    return bool(compute.any(compute.match_substring(chosen, mark)).as_py())


def _doubt(text: pa.Array, decimal: str, fits: NDArray[np.bool_], styles: list[str]) -> str:
    """Return an example if all numbers can be read in both styles and would differ, or ""."""
    if len(styles) < 2:
        return ""
    plain, grouped = _matches(text, other_mark(decimal))
    if (fits & ~(plain | grouped)).any():
        return ""
    marked = compute.match_substring_regex(text, "[.,]")
    examples = text.filter(compute.fill_null(marked, False)).drop_null()
    return str(examples[0].as_py()) if len(examples) else ""

"""Finds samples by a text: ``class 3``, ``index 5-20``, ``width > 3``, ``species = Adelie and not split test``.

- ``class``, ``index``, ``split``, ``name`` and every column can be compared with ``= != < <= > >=``; without a
  comparison, ``=`` is meant.
- Values may be lists (``class 3, 5``), ranges of numbers (``index 5-20``), patterns (``name = Anna*``) or ``missing``.
- ``and``, ``or``, ``not`` and parentheses combine conditions; names with spaces or signs may be quoted.
- Other words are found in the names of samples and classes; a number alone is the index of a sample.

A comparison never finds samples whose value is missing; ``not`` does.
"""

import difflib
import operator
import re
from collections.abc import Sequence
from fnmatch import translate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError
from explorer.data.dataset import SPLITS, Column
from explorer.latent.groups.sample_table import SampleTable
from explorer.latent.groups.search_text import (
    Combination,
    Condition,
    Negation,
    Node,
    Phrase,
    parse,
)

Mask = NDArray[np.bool_]
MISSING = "missing"
MAX_DIGITS = 18
"""Maximum number of digits of a sample's index: more may exceed 64 bits."""
MAX_NAMED = 5
"""Maximum number of names in an error message."""

_NUMBER = r"[-+−]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_RANGE = re.compile(rf"\s*({_NUMBER})\s*(?:-|–|\.\.|…)\s*({_NUMBER})\s*")
_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def find_samples(table: SampleTable, text: str) -> NDArray[np.int64]:
    """Return the indices in the data set of the samples that a text finds, in the order of the table; see `matches`."""
    return table.index[matches(table, text)]


def matches(table: SampleTable, text: str) -> Mask:
    """Return which rows of a table a search text finds, ``(n,)``.

    Raises
    ------
    ConfigError
        If the text is not understood. A text that occurs literally in a name is always understood.
    """
    try:
        return _found(table, parse(text, table.is_subject))
    except ConfigError:
        # A name may look like a search, such as "Bo (240)".
        literal = _in_names(table, text.strip())
        if text.strip() and literal.any():
            return literal
        raise


def _found(table: SampleTable, node: Node) -> Mask:
    if isinstance(node, Phrase):
        return _with_phrase(table, node)
    if isinstance(node, Negation):
        return ~_found(table, node.part)
    if isinstance(node, Combination):
        masks = [_found(table, part) for part in node.parts]
        every: Mask = np.logical_and.reduce(masks) if node.every else np.logical_or.reduce(masks)
        return every
    try:
        return _meets(table, node)
    except ConfigError as error:
        raise ConfigError(f"at {node.subject!r} (position {node.position} of the search): {error}") from None


def _with_phrase(table: SampleTable, phrase: Phrase) -> Mask:
    """Return the samples whose name or class contains a phrase, or whose index it is."""
    text = phrase.text.strip()
    if not phrase.quoted and _is_pattern(text):
        found = np.array(_fits(text, table.folded_names), bool) if table.names else np.zeros(len(table), bool)
        classes = _fits(text, table.folded_classes)
    else:
        found = _in_names(table, text)
        # A number is an index; the class of this name is found by "class 3".
        classes = [] if text.isdecimal() else [text.casefold() in name for name in table.folded_classes]
    if any(classes):
        found = found | _of_categories(table.labels, classes, len(table))
    if text.isdecimal() and len(text) <= MAX_DIGITS:
        found = found | (table.index == int(text))
    return found


def _in_names(table: SampleTable, text: str) -> Mask:
    wanted = text.casefold()
    if not table.names:
        return np.zeros(len(table), bool)
    return np.array([wanted in name for name in table.folded_names], bool)


def _meets(table: SampleTable, condition: Condition) -> Mask:
    subject = "" if condition.quoted_subject else table.subject(condition.subject)
    if subject == "index":
        return _compared_numbers(table.index, condition)
    if subject == "class":
        if table.labels is None:
            raise ConfigError("the data has no classes; search by index, split or a column")
        return _compared_words(table.labels, table.class_names, condition, "classes")
    if subject == "split":
        if table.split is None:
            raise ConfigError("the splits of these samples are not known")
        # As categories, so that lists, patterns and != work for splits, too.
        numbers = np.full(len(table), -1)
        for number, name in enumerate(SPLITS):
            numbers[table.split == name] = number
        return _compared_words(numbers, SPLITS, condition, "splits")
    if subject == "name":
        if not table.names:
            raise ConfigError("the samples of this data have no names")
        return _compared_names(table, condition)
    return _compared_column(column_named(table, condition.subject), condition)


def column_named(table: SampleTable, name: str) -> Column:
    """Return a column or feature of a table, or the classes for ``"class"``.

    Raises
    ------
    ConfigError
        If there is none; the message has similar names.
    """
    column = table.column(name)
    if column is not None:
        return column
    if table.labels is not None and table.subject(name) == "class":
        return Column("class", table.labels, table.class_names)
    known = table.column_names
    # Typing errors are the usual reason.
    near = difflib.get_close_matches(name, [*known, "class", "index", "split", "name"], n=3, cutoff=0.5)
    hint = f"did you mean {_listed(near)}?" if near else f"the columns are {_listed(known)}"
    raise ConfigError(f"there is no column {name!r}; {hint if known or near else 'this data has no columns'}")


def _compared_column(column: Column, condition: Condition) -> Mask:
    if column.categories:
        return _compared_words(column.values, column.categories, condition, f"values of {column.name}")
    return _compared_numbers(column.values, condition)


def _compared_numbers(values: NDArray[Any], condition: Condition) -> Mask:
    known = np.isfinite(values)
    if condition.value.casefold() == MISSING:
        return _missing(~known, condition)
    compare = _ORDER.get(condition.comparison)
    if compare is not None:
        beyond: Mask = known & compare(values, _number(condition.value))
        return beyond
    found = np.zeros(len(values), bool)
    for part in condition.value.split(","):
        # Before single numbers, which may begin with a minus sign, too.
        if ends := _RANGE.fullmatch(part):
            found |= (values >= _number(ends[1])) & (values <= _number(ends[2]))
        else:
            found |= values == _number(part)
    chosen: Mask = known & (found == (condition.comparison == "="))
    return chosen


def _compared_words(values: NDArray[Any], words: tuple[str, ...], condition: Condition, what: str) -> Mask:
    """Compare categories: ``values`` ``(n,)`` are indices into ``words``, with -1 for missing."""
    if condition.value.casefold() == MISSING and not condition.quoted_value and MISSING not in words:
        return _missing(values < 0, condition)
    if condition.comparison in _ORDER:
        chosen = _ordered(words, condition, what)
    else:
        chosen = _chosen(words, condition, what)
        if condition.comparison == "!=":
            chosen = [not one for one in chosen]
    return _of_categories(values, chosen, len(values))


def _ordered(words: tuple[str, ...], condition: Condition, what: str) -> list[bool]:
    compare, limit = _ORDER[condition.comparison], _number(condition.value)
    numbers = [_number_or_none(word) for word in words]
    # Words have no order, but classes such as "3" have that of their numbers.
    if all(number is None for number in numbers):
        raise ConfigError(f"the {what} are words, which {condition.comparison} cannot compare; write = instead")
    return [number is not None and bool(compare(number, limit)) for number in numbers]


def _chosen(words: tuple[str, ...], condition: Condition, what: str) -> list[bool]:
    """Return which words a value names: by name, pattern, range of numbers, or index."""
    # Case is ignored everywhere, as users do not remember it.
    folded = [word.casefold() for word in words]
    whole = condition.value.strip().casefold()
    # A word may contain a comma or a hyphen itself.
    alone = condition.quoted_value or whole in folded
    parts = [whole] if alone else [part.strip() for part in whole.split(",")]
    chosen = [False] * len(words)
    for part in parts:
        if part in folded:
            found = [word == part for word in folded]
        elif _is_pattern(part) and not condition.quoted_value:
            found = _fits(part, folded)
        elif ends := _RANGE.fullmatch(part):
            numbers = [_number_or_none(word) for word in words]
            low, high = _number(ends[1]), _number(ends[2])
            found = [number is not None and low <= number <= high for number in numbers]
        else:
            found = _by_index(part, words, what)
        chosen = [one or other for one, other in zip(chosen, found, strict=True)]
    return chosen


def _by_index(part: str, words: tuple[str, ...], what: str) -> list[bool]:
    if what == "classes" and part.isdecimal() and len(part) <= MAX_DIGITS and int(part) < len(words):
        return [row == int(part) for row in range(len(words))]
    near = difflib.get_close_matches(part, words, n=3, cutoff=0.5)
    hint = f"did you mean {_listed(near)}?" if near else f"the {what} are {_listed(words)}"
    raise ConfigError(f"{part!r} is not one of the {what}; {hint}")


def _compared_names(table: SampleTable, condition: Condition) -> Mask:
    if condition.comparison in _ORDER:
        raise ConfigError(f"names are words, which {condition.comparison} cannot compare; write = instead")
    wanted = condition.value.casefold()
    if wanted == MISSING and not condition.quoted_value:
        return _missing(np.array([not name for name in table.names], bool), condition)
    if _is_pattern(wanted) and not condition.quoted_value:
        found = np.array(_fits(wanted, table.folded_names), bool)
    else:
        found = np.array([name == wanted for name in table.folded_names], bool)
    return found if condition.comparison == "=" else ~found


def _of_categories(values: NDArray[Any] | None, chosen: list[bool], count: int) -> Mask:
    """Return which values are indices of chosen categories; -1 never is."""
    if values is None:
        return np.zeros(count, bool)
    # The last entry is that of -1, and a damaged file may have indices beyond the categories.
    known = np.array([*chosen, False])
    return known[np.where((values >= 0) & (values < len(chosen)), values, -1).astype(np.int64)]


def _missing(missing: Mask, condition: Condition) -> Mask:
    if condition.comparison in _ORDER:
        raise ConfigError(f"'missing' can only be compared with = and !=, not {condition.comparison}")
    return missing if condition.comparison == "=" else ~missing


def _is_pattern(text: str) -> bool:
    return "*" in text or "?" in text


def _fits(pattern: str, folded: Sequence[str]) -> list[bool]:
    """Return which words in lower case fit a pattern with * and ?."""
    fits = re.compile(translate(pattern.casefold())).match
    return [fits(word) is not None for word in folded]


def _number(text: str) -> float:
    number = _number_or_none(text)
    if number is None:
        raise ConfigError(f"expected a number or a range such as 5-20, not {text.strip()!r}")
    return number


def _number_or_none(text: str) -> float | None:
    return float(text.replace("−", "-")) if re.fullmatch(rf"\s*{_NUMBER}\s*", text) else None


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MAX_NAMED])
    return f"{shown} …" if len(names) > MAX_NAMED else shown

"""Guesses the role of each column unless the config names one.

The rules, in this order; each gives a reason for the report:

1. A role that the config names.
2. Columns that count the rows are ignored: "id", "index" and columns without a name that contain 1, 2, 3, ….
3. Customary names: "split" with the names of splits, "label", "class", … with words or a few whole numbers, "name",
   "id" and unnamed first columns with a different value in each row.
4. In a table without names of columns, a first or last column of few different values beside numbers is the class, and
   so is the only column of few different words. A first column of large numbers that differ identifies the rows.
5. Columns without values are ignored. Words and dates are attributes; words that differ in most rows are ignored.
6. Numbers are features in a table, and attributes beside an array of samples. Identifiers, years, and times or
   wavelengths that rise from row to row are attributes, as they are no measurements of a sample.

`explorer.data.imports.role_offers` offers roles that are plausible, but not sure.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from explorer.config import DataConfig
from explorer.data.columns import LABEL_NAMES, MAX_CLASSES
from explorer.data.dataset import DataError
from explorer.data.imports.column_facts import ColumnFacts, can_be_classes, counts_classes, word_of
from explorer.data.report import Role, some
from explorer.data.splits import are_split_names

__all__ = ["ROLE_SETTINGS", "ColumnFacts", "Roles", "can_be_classes", "guess_roles"]

ROLE_SETTINGS: Mapping[Role, str] = {
    "label": "label_column",
    "feature": "feature_columns",
    "category": "category_columns",
    "attribute": "attribute_columns",
    "name": "name_column",
    "split": "split_column",
    "group": "group_column",
    "axis": "axis_column",
    "ignored": "ignored_columns",
}
"""The setting of `DataConfig` that gives a column its role."""

NAME_NAMES = frozenset(
    {"name", "names", "id", "index", "word", "words", "token", "title", "file", "filename", "file_name", "path"}
    | {"barcode", "rownames", "row_names", "rowname", "sample", "sample_id", "cell_id", "gene", "uuid", "bezeichnung"}
)
SPLIT_NAMES = ("split", "subset", "partition", "set", "fold", "usage")
UNNAMED = ("", "unnamed", "unnamed: 0", "_c0", "column1", "...1", "__index_level_0__")
"""Names that R, pandas, Spark, Arrow and readr give to a column of row names."""
MORE_LABEL_NAMES = (
    *("class_label", "class label", "classlabel", "klasse", "variety", "diagnosis", "outcome", "survived", "emotion"),
    *("sentiment", "cell_type", "celltype", "digit", "category", "kategorie"),
)
"""Names of columns that often contain the classes, after `LABEL_NAMES`."""
IDENTIFIERS = frozenset({"id", "ids", "uuid", "guid", "kennung"})
_NUMBERS_OF_ROWS = IDENTIFIERS | {
    *("index", "nr", "no", "number", "num", "row", "rowid", "rownames", "nummer", "lfd", "unnamed", "#", "№", "n°"),
    *("serial", "sno", "srno", "sl", "instant", "obs", "observation", "record", "entry", "case", "seq", "lp"),
}
_YEARS = frozenset({"year", "jahr", "année", "annee", "anno"})
_TIMES = frozenset({"time", "t", "zeit", "timestamp", "elapsed", "seconds", "sec"})
AXES = frozenset(
    {"wavelength", "wavenumber", "frequency", "freq", "lambda", "mz", "energy", "theta", "wellenlänge", "nm", "shift"}
)
"""Words in names of columns that contain the positions of signals."""

# Fewer than `MAX_CLASSES`, as only the values suggest that such a column has classes.
MAX_LABEL_NUMBERS = 50
"""In a table without names of columns, a column with more distinct whole numbers than this is not taken for classes."""
MIN_IDENTIFIER = 1000
"""In a table without names of columns, smaller numbers are not taken for those that identify the rows."""
MIN_ROWS = 20
"""With fewer rows, whole numbers may all be different by chance, and are not taken for identifiers."""
MAX_CATEGORIES = 50
"""A column with more different words than this, and than half of its rows, has no categories."""
_LONG = 60
MIN_PIXELS = 64


@dataclass(frozen=True)
class Roles:
    """The role of each column, with the reasons that are worth saying."""

    roles: Mapping[str, Role]
    why: Mapping[str, str]

    def named(self, role: Role) -> list[str]:
        """Return the columns with a role."""
        return [name for name, each in self.roles.items() if each == role]


def guess_roles(
    columns: Sequence[ColumnFacts], config: DataConfig, where: str, *, numbers: Role = "feature", named: bool = True
) -> Roles:
    """Return the role of each column, as the config says or by the rules of this module.

    Parameters
    ----------
    numbers
        The role of numbers that have no other: features of a table, attributes beside an array of samples.
    named
        Whether the columns have names of their own, not numbers given by the reader.

    Raises
    ------
    DataError
        If the config names a column that does not exist, or one column for two roles.
    """
    roles = _chosen_roles(columns, config, where)
    why: dict[str, str] = {}
    rest = [column for column in columns if column.name not in roles]
    # Before names: numbers of rows differ in each row, too.
    for column in [column for column in rest if _counts_rows(column, columns)]:
        roles[column.name], why[column.name] = "ignored", "it numbers the rows"
    rest = [column for column in rest if column.name not in roles]
    by_place = () if named else (_label_by_place, _identifier_by_place)
    # Each takes a column out of the rest, so that the order decides between two rules that fit.
    for guess in (_split, _label, *by_place, _name):
        taken = guess(rest, columns, set(roles.values()))
        if taken:
            name, role, reason = taken
            roles[name], why[name] = role, reason
            rest = [column for column in rest if column.name != name]
    for column in rest:
        roles[column.name], why[column.name] = _by_contents(column, columns, numbers)
    return Roles({column.name: roles[column.name] for column in columns}, {k: v for k, v in why.items() if v})


def _chosen_roles(columns: Sequence[ColumnFacts], config: DataConfig, where: str) -> dict[str, Role]:
    """Return the roles that the config names."""
    known = [column.name for column in columns]
    lists = {column.name for column in columns if column.contents == "vector"}
    roles: dict[str, Role] = {}
    for role in get_args(Role):
        value = getattr(config, ROLE_SETTINGS[role])
        for name in (value,) if isinstance(value, str) else value:
            if name and name not in known:
                raise DataError(f"{where}: there is no column {name!r}; the columns are {some(known, 40)}")
            # A group can colour the points as well, so these two may be one column.
            if name and name in roles and {roles[name], role} != {"attribute", "group"}:
                raise DataError(f"{where}: column {name!r} has two roles, {roles[name]} and {role}; choose one")
            if name in lists and role not in ("feature", "ignored"):
                raise DataError(
                    f"{where}: column {name!r} has a list of numbers in each row; it can be features or ignored"
                )
            if name:
                roles[name] = role
    return roles


_Guess = tuple[str, Role, str] | None


def _split(rest: Sequence[ColumnFacts], columns: Sequence[ColumnFacts], taken: set[Role]) -> _Guess:
    if "split" in taken:
        return None
    for column in rest:
        if column.name.lower() in SPLIT_NAMES and has_split_names(column):
            missing = len(column.values) - len(column.known)
            if missing == 0:
                return column.name, "split", "it contains the names of splits"
            return column.name, "attribute", f"it contains the names of splits, but not for {missing:,} of the rows"
    return None


def has_split_names(column: ColumnFacts) -> bool:
    """Return whether all words of a column are names of splits, and one is train."""
    if column.contents != "word":
        return False
    words = {word_of(value) for value in np.unique(column.known)}
    return are_split_names(words) and "train" in _first_letters(words)


def _first_letters(words: set[str]) -> set[str]:
    return {word.strip().lower()[:5] for word in words}


def _label(rest: Sequence[ColumnFacts], columns: Sequence[ColumnFacts], taken: set[Role]) -> _Guess:
    if "label" in taken:
        return None
    lower = {column.name.lower() for column in columns}
    by_name = {column.name.lower(): column for column in rest}
    for name in (*LABEL_NAMES, *MORE_LABEL_NAMES):
        # "y" is a customary name of the classes, but beside an "x" of one value per sample it is a coordinate.
        if name in by_name and not (name == "y" and "x" in lower) and can_be_classes(by_name[name]):
            return by_name[name].name, "label", "by its name"
    return None


def _counts_rows(column: ColumnFacts, columns: Sequence[ColumnFacts]) -> bool:
    """Return whether a column counts the rows, by its name and values."""
    unnamed = column is columns[0] and column.name.lower() in UNNAMED
    words = column.name_words or (column.name.strip().lower(),)  # "#" has no words
    customary = unnamed or bool({words[0], words[-1]} & _NUMBERS_OF_ROWS)
    return customary and column.numbers_rows and len(columns) > 1


def _label_by_place(rest: Sequence[ColumnFacts], columns: Sequence[ColumnFacts], taken: set[Role]) -> _Guess:
    """Return the first or last column if it has few different values beside numbers that are mostly fractions."""
    if taken & {"label", "feature", "category"} or len(rest) < 3:
        return None
    for column, others in ((rest[-1], rest[:-1]), (rest[0], rest[1:])):
        if not all(other.contents in ("number", "whole number", "empty") for other in others):
            continue
        few = column.contents in ("whole number", "word", "yes/no") and 2 <= column.distinct <= MAX_LABEL_NUMBERS
        if not few or column.distinct > len(column.values) / 2:
            continue
        fractions = [other for other in others if other.contents == "number"]
        whole = [other for other in others if other.contents == "whole number"]
        # Beside other whole numbers, the classes must have clearly fewer different values.
        clear = 2 * len(fractions) >= len(others) and all(other.distinct > 2 * column.distinct for other in whole)
        if column.contents != "whole number" or clear or (counts_classes(column) and _is_picture(len(others))):
            place = "first" if column is rest[0] else "last"
            rest_is = "fractions" if not whole else "numbers"
            reason = f"the {place} column has {column.distinct} different values, the others are {rest_is}"
            return column.name, "label", reason
    words = [
        column for column in rest if column.contents in ("word", "yes/no") and 2 * column.distinct <= len(column.values)
    ]
    if len(words) == 1 and 2 <= words[0].distinct <= MAX_LABEL_NUMBERS:
        return words[0].name, "label", f"the only column of words of which few, {words[0].distinct}, are different"
    return None


def _identifier_by_place(rest: Sequence[ColumnFacts], columns: Sequence[ColumnFacts], taken: set[Role]) -> _Guess:
    """Return the first column if it has large whole numbers that identify the rows, as of patients."""
    column = columns[0]
    if column not in rest or column.contents != "whole number" or len(column.known) < MIN_ROWS:
        return None
    others = [other for other in columns[1:] if other.contents in ("number", "whole number")]
    low = column.known.min()
    if low < MIN_IDENTIFIER or column.distinct < 0.9 * len(column.values) or any(low <= o.known.max() for o in others):
        return None
    return column.name, "attribute", "whole numbers that differ in nearly all rows, and larger than all others"


def _is_picture(features: int) -> bool:
    """Return whether a number of features is that of a square picture, grey or in colour."""
    sizes = [features] if features % 3 else [features, features // 3]
    return features >= MIN_PIXELS and any(math.isqrt(size) ** 2 == size for size in sizes)


def _name(rest: Sequence[ColumnFacts], columns: Sequence[ColumnFacts], taken: set[Role]) -> _Guess:
    # Any words differ in two rows.
    if "name" in taken or (columns and len(columns[0].values) < 3):
        return None
    unique = [column for column in rest if column.contents in ("whole number", "word") and column.is_unique]
    customary = [column for column in unique if _is_name(column, columns)]
    # Words before numbers: the name of a person rather than their number.
    for column in sorted(customary, key=lambda each: each.contents != "word"):
        return column.name, "name", "a different value in each row"
    for column in unique:
        if column.contents == "word" and column is columns[0]:
            return column.name, "name", "a different word in each row"
    return None


def _is_name(column: ColumnFacts, columns: Sequence[ColumnFacts]) -> bool:
    lower = column.name.lower()
    unnamed = column is columns[0] and lower in UNNAMED
    return lower in NAME_NAMES or unnamed or is_identifier(column)


def is_identifier(column: ColumnFacts) -> bool:
    """Return whether the name of a column says that it identifies something: "PassengerId", "ID_REF"."""
    words = column.name_words
    return bool(words) and bool({words[0], words[-1]} & IDENTIFIERS)


def is_axis(column: ColumnFacts, columns: Sequence[ColumnFacts]) -> bool:
    """Return whether a column contains the times or wavelengths of the rows."""
    customary = column.name_words and (set(column.name_words) & AXES or column.name_words[0] in _TIMES)
    return bool(customary) and column is columns[0] and column.rises and len(columns) > 1


def _by_contents(column: ColumnFacts, columns: Sequence[ColumnFacts], numbers: Role) -> tuple[Role, str]:
    if column.contents == "empty":
        return "ignored", "it has no values"
    if column.contents == "other":
        return "ignored", f"values of type {column.values.dtype} are neither numbers nor words"
    if column.contents in ("number", "whole number"):
        return _by_numbers(column, columns, numbers)
    if column.contents == "vector":
        # Points are coloured by one value each.
        return ("feature", "") if numbers == "feature" else ("ignored", "a list of numbers is no attribute")
    if column.contents == "yes/no":
        return numbers, "yes is 1, no is 0" if numbers == "feature" else ""
    if column.contents == "word":
        return _by_words(column)
    return "attribute", f"{column.contents}s are not given to the model"


def _by_numbers(column: ColumnFacts, columns: Sequence[ColumnFacts], numbers: Role) -> tuple[Role, str]:
    if numbers != "feature":
        return numbers, ""
    if column.contents == "whole number" and is_identifier(column):
        return "attribute", "a number that identifies something is no measurement"
    if is_axis(column, columns):
        return "attribute", "it rises from row to row, like a time or wavelength"
    words = column.name_words
    is_year = len(words) == 1 and words[0] in _YEARS and column.contents == "whole number"
    if is_year and column.known.min() >= 1800 and column.known.max() <= 2200:
        return "attribute", "years are not given to the model"
    return "feature", ""


def _by_words(column: ColumnFacts) -> tuple[Role, str]:
    if column.distinct == 1 and len(column.known) == len(column.values) > 2:
        return "ignored", "the same word in all rows"
    mean = np.mean([len(word_of(value)) for value in column.known[:200]])
    if column.distinct > MAX_CLASSES or (column.distinct > MAX_CATEGORIES and 2 * column.distinct > len(column.known)):
        kind = "texts" if mean > _LONG else "words"
        return "ignored", f"{column.distinct:,} different {kind} are too many for categories"
    return "attribute", "words are not numbers"

"""Data sets of the documents in a table: CSV, JSON lines or Parquet with one text per row.

1. Take the column of long texts if the table has no more than two columns of numbers, or the one that
   ``data.samples_key`` names.
2. Leave out rows without text.
3. Take the classes from the label column, or from the only other column with few different values; the other columns
   become attributes.
4. Weigh the words of the texts (`explorer.data.text.text_assembly`).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.columns import ClassLabels, encode_groups, encode_labels, is_missing, make_column
from explorer.data.context import LoadContext
from explorer.data.dataset import Dataset
from explorer.data.imports.chosen_roles import chosen_role
from explorer.data.imports.column_facts import ColumnFacts, can_be_classes
from explorer.data.imports.roles import Roles
from explorer.data.report import Notes, Role, noun, rows_text, some
from explorer.data.splits import read_split_names
from explorer.data.tables.read_table import ReadTable
from explorer.data.text.text_assembly import Passage, documents, passage_title, words

MIN_WORDS, MIN_WORDS_BESIDE_NUMBERS = 6, 20
"""Texts have at least this many words on average: in a table without columns of numbers, and with one or two."""
MAX_NUMBERS = 2
"""A table with more columns of numbers than this is a table of numbers, even if it has texts."""
MAX_CLASSES = 50
MAX_TITLE_WORDS = 20
_LOOKED_AT = 500  # rows


def text_column(facts: Sequence[ColumnFacts], roles: Roles, config: DataConfig, notes: Notes) -> str:
    """Return the column whose texts are the samples, or "" if the numbers of the table are; offer the texts then."""
    texts = {fact.name: fact for fact in facts if fact.contents == "word"}
    classes = {fact.name for fact in facts if _is_class(fact)}
    if config.samples_key in texts:
        return config.samples_key
    length = {name: _mean_words(fact) for name, fact in texts.items() if chosen_role(config, name) is None}
    longest = max(length, key=lambda name: length[name], default="")
    if not longest or length[longest] < MIN_WORDS or texts[longest].distinct * 2 <= len(texts[longest].known):
        return ""
    features = [name for name, role in roles.roles.items() if role in ("feature", "category")]
    # One column of few whole numbers beside texts is their class: 0 and 1, or stars.
    numbers = [] if len(features) == 1 and features[0] in classes else features
    # Whoever names features wants the numbers.
    are_features = bool(config.feature_columns or config.category_columns) or len(numbers) > MAX_NUMBERS
    vectors = any(fact.contents == "vector" for fact in facts)
    if are_features or vectors or (numbers and length[longest] < MIN_WORDS_BESIDE_NUMBERS):
        notes.offer("samples_key", longest, f"take the texts in column {longest!r} as documents instead of the numbers")
        return ""
    if features and not set(features) <= classes:
        notes.offer("feature_columns", features[0], "take the numbers of the table as samples instead of the texts")
    return longest


def table_documents(
    facts: Sequence[ColumnFacts],
    roles: Roles,
    column: str,
    config: DataConfig,
    context: LoadContext,
    *,
    name: str,
    where: str,
    read: ReadTable,
) -> Dataset:
    """Return the data set of the texts in a column of a table.

    Parameters
    ----------
    read
        The table with the numbers of its rows and the names of its classes.

    Raises
    ------
    DataError
        If there are too few texts, or they have no words.
    """
    notes = context.notes
    notes.applies("text_as", "vocabulary", "samples_key")
    facts = _with_text(facts, column, read, notes)
    by_role = _roles(facts, roles, column, notes)
    texts = [str(text) for fact in facts if fact.name == column for text in fact.values]
    passages = [Passage(title, text) for title, text in zip(_titles(facts, by_role, texts), texts, strict=True)]
    notes.understood(f"the texts in column {column!r} are the documents")
    if config.text_as == "words":
        return words(config, name, passages, notes=notes)
    of = {role: fact for role in ("label", "group", "split") for fact in facts if by_role[fact.name] == role}
    attributes = [fact for fact in facts if by_role[fact.name] in ("attribute", "group")]
    return documents(
        config,
        name,
        passages,
        _labels(of["label"], read, where, notes) if "label" in of else None,
        columns={fact.name: make_column(fact.name, fact.values) for fact in attributes},
        groups=encode_groups(of["group"].values) if "group" in of else None,
        assigned=_splits(of["split"].values, f"{where}, column {of['split'].name!r}") if "split" in of else None,
        notes=notes,
    )


def _with_text(facts: Sequence[ColumnFacts], column: str, read: ReadTable, notes: Notes) -> list[ColumnFacts]:
    """Return the columns of the rows that have a text, and note the others."""
    empty = is_missing(next(fact.values for fact in facts if fact.name == column))
    without = np.flatnonzero(empty) if read.row_numbers is None else read.row_numbers[empty]
    notes.left_out(noun(len(without), "row"), f"column {column!r} has no text", rows_text(without))
    return [ColumnFacts(fact.name, fact.values[~empty]) for fact in facts if fact.values.ndim == 1]


def _mean_words(fact: ColumnFacts) -> float:
    # A sample of the rows is enough for a mean.
    known = fact.known[:: max(1, len(fact.known) // _LOOKED_AT)]
    return float(np.mean([len(str(text).split()) for text in known])) if len(known) else 0.0


def _roles(facts: Sequence[ColumnFacts], roles: Roles, column: str, notes: Notes) -> dict[str, Role]:
    """Return the roles beside texts: numbers are attributes, a lone column with few values is the class; note them."""
    found: dict[str, Role] = {
        fact.name: "attribute" if roles.roles[fact.name] in ("feature", "category") else roles.roles[fact.name]
        for fact in facts
    }
    why = dict(roles.why)
    few = [fact for fact in facts if fact.name != column and found[fact.name] == "attribute" and _is_class(fact)]
    if "label" not in found.values() and len(few) == 1:
        found[few[0].name], why[few[0].name] = "label", "the only column with few different values"
    found[column], why[column] = "feature", "each text is a document"
    titles = [fact for fact in facts if fact.name != column and found[fact.name] != "label" and _is_title(fact)]
    if "name" not in found.values() and titles:
        found[titles[0].name], why[titles[0].name] = "name", "a different text in each row"
    for fact in facts:
        notes.column(fact.name, fact.text(), found[fact.name], why.get(fact.name, ""))
    return found


def _is_class(fact: ColumnFacts) -> bool:
    return can_be_classes(fact) and 2 <= fact.distinct <= min(MAX_CLASSES, len(fact.known) // 2)


def _is_title(fact: ColumnFacts) -> bool:
    return fact.contents == "word" and fact.is_unique and _mean_words(fact) <= MAX_TITLE_WORDS


def _titles(facts: Sequence[ColumnFacts], by_role: dict[str, Role], texts: Sequence[str]) -> list[str]:
    names = next((fact.values for fact in facts if by_role[fact.name] == "name"), None)
    if names is None:
        return [passage_title("", text) for text in texts]
    return [str(name) for name in names]


def _labels(fact: ColumnFacts, read: ReadTable, where: str, notes: Notes) -> ClassLabels:
    """Return the classes of a column; a file may declare names for its numbers."""
    labels, names = encode_labels(fact.values, where=f"{where}, column {fact.name!r}")
    declared = tuple(map(str, read.class_names.get(fact.name, ())))
    # Only numbers can be those of declared names.
    if declared and all(name.isdecimal() and int(name) < len(declared) for name in names):
        order = np.array([int(name) for name in names], np.int64)
        labels, names = np.where(labels < 0, -1, order[labels]), declared
    unknown = int((labels < 0).sum())
    more = f"; {unknown:,} samples have no class" if unknown else ""
    notes.understood(f"{len(names)} classes: {some(names)}{more}")
    return labels, names


def _splits(values: NDArray[Any], where: str) -> NDArray[np.str_]:
    return read_split_names([str(value) for value in values], where=where)

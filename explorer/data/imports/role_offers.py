"""Offers roles of columns that are plausible but not sure: classes, groups, and the axis of signals."""

from collections.abc import Sequence

from explorer.data.imports.column_facts import ColumnFacts
from explorer.data.imports.roles import Roles, is_axis
from explorer.data.report import Notes

MAX_CLASSES = 20
MAX_OFFERS = 3
_CLASS_WORDS = frozenset(
    {"quality", "grade", "rating", "stage", "type", "group", "cluster", "condition", "treatment", "status", "result"}
    | {"genre", "activity", "cultivar", "level", "gruppe", "typ", "art", "ergebnis"}
)
_GROUP_WORDS = frozenset(
    {"patient", "subject", "user", "person", "participant", "proband", "donor", "animal", "mouse", "customer", "client"}
    | {"family", "household", "speaker", "writer", "student", "kunde", "teilnehmer", "session"}
)


def offer_roles(columns: Sequence[ColumnFacts], roles: Roles, notes: Notes) -> None:
    """Write the choices of roles that are worth making into the report."""
    if "label" not in roles.roles.values():
        for column in _classes(columns, roles)[:MAX_OFFERS]:
            notes.offer(
                "label_column",
                column.name,
                f"take column {column.name!r} as the classes ({column.distinct} different values)",
            )
    if "group" not in roles.roles.values():
        for column in columns:
            if _is_group(column, roles):
                text = f"keep all rows with the same {column.name!r} in one split"
                notes.offer("group_column", column.name, text)
    for column in columns[:1]:
        if is_axis(column, columns) and roles.roles[column.name] == "attribute":
            text = f"take the other columns as signals over {column.name!r}"
            notes.offer("axis_column", column.name, text)


def _classes(columns: Sequence[ColumnFacts], roles: Roles) -> list[ColumnFacts]:
    """Return the columns that can be the classes: with customary names first, then the last column, then words."""
    able = [column for column in columns if _is_class(column, roles)]
    customary = [column for column in able if set(column.name_words) & _CLASS_WORDS]
    words = [column for column in able if column.contents in ("word", "yes/no") and column not in customary]
    last = [column for column in able if column is columns[-1] and column not in customary]
    return customary + last + [column for column in words if column not in last]


def _is_class(column: ColumnFacts, roles: Roles) -> bool:
    if roles.roles[column.name] not in ("attribute", "feature") or column.contents not in (
        "word",
        "yes/no",
        "whole number",
    ):
        return False
    return 2 <= column.distinct <= MAX_CLASSES and 2 * column.distinct <= len(column.known)


def _is_group(column: ColumnFacts, roles: Roles) -> bool:
    if not set(column.name_words) & _GROUP_WORDS or column.contents not in ("word", "whole number"):
        return False
    free = roles.roles[column.name] in ("attribute", "feature", "ignored")
    return free and column.distinct >= 3 and 2 * column.distinct <= len(column.known)

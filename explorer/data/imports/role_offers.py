"""Offers roles of columns that are plausible but not sure: classes, groups, and the axis of signals."""

from collections.abc import Sequence

from explorer.config.value_text import items_text
from explorer.data.imports.column_facts import ColumnFacts
from explorer.data.imports.roles import Roles, has_split_names, is_axis
from explorer.data.report import Notes, some

MAX_CLASSES = 20
# More offers than these would hide the others in the dialog.
MAX_OFFERS = 3
MIN_PLATE_ROWS = 4
"""A plate with fewer rows or columns cannot be distinguished from other tables."""
MIN_WORD_COLUMNS = 3
"""With fewer columns of words, no warning says that the model does not get them."""
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
    _offer_categories(columns, roles, notes)
    _doubt_plate(columns, notes)
    for column in columns[:1]:
        if is_axis(column, columns) and roles.roles[column.name] == "attribute":
            text = f"take the other columns as signals over {column.name!r}"
            notes.offer("axis_column", column.name, text)


def _offer_categories(columns: Sequence[ColumnFacts], roles: Roles, notes: Notes) -> None:
    """Warn if the model gets fewer columns than it leaves out as words: of a questionnaire, perhaps only the age."""
    features = roles.named("feature")
    words = [
        column.name
        for column in columns
        if roles.roles[column.name] == "attribute" and column.contents == "word" and 2 <= column.distinct <= MAX_CLASSES
    ]
    # Without any feature the error names the columns of words.
    if not features or len(words) < max(MIN_WORD_COLUMNS, len(features)):
        return
    notes.warn(
        f"the model gets {len(features)} of {len(columns)} columns ({some(features, 4)}); {len(words)} columns of "
        f"words are not used ({some(words, 4)})"
    )
    value = items_text(words)
    notes.offer("category_columns", value, f"add the {len(words)} columns of words as categories")


def _doubt_plate(columns: Sequence[ColumnFacts], notes: Notes) -> None:
    """Warn if the table shows a microplate, with rows A to H and columns 1 to 12: its samples are wells, not rows."""
    # By slices, as pictures without a list have no columns.
    letters = [str(value) for column in columns[:1] if column.values.ndim == 1 for value in column.values]
    numbers = [column.name for column in columns[1:] if column.name.isdecimal()]
    is_plate = len(letters) >= MIN_PLATE_ROWS and letters == [chr(ord("A") + row) for row in range(len(letters))]
    if is_plate and len(numbers) >= MIN_PLATE_ROWS and numbers == [str(1 + each) for each in range(len(numbers))]:
        notes.warn(
            f"this looks like a microplate ({letters[0]}1 to {letters[-1]}{numbers[-1]}), and each of its rows "
            "was read as one sample; for one sample per well, save the table with a row for each well"
        )


def _classes(columns: Sequence[ColumnFacts], roles: Roles) -> list[ColumnFacts]:
    """Return the columns that can be the classes: those with customary names, then the last column, then words."""
    able = [column for column in columns if _is_class(column, roles)]
    # The last column before others of customary names: Cover_Type comes after forty of Soil_Type.
    customary = [column for column in able if set(column.name_words) & _CLASS_WORDS]
    customary.sort(key=lambda column: column is not columns[-1])
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
    if has_split_names(column):
        return False
    # A class has two samples at least, on average.
    return 2 <= column.distinct <= MAX_CLASSES and 2 * column.distinct <= len(column.known)


def _is_group(column: ColumnFacts, roles: Roles) -> bool:
    if not set(column.name_words) & _GROUP_WORDS or column.contents not in ("word", "whole number"):
        return False
    free = roles.roles[column.name] in ("attribute", "feature", "ignored")
    return free and column.distinct >= 3 and 2 * column.distinct <= len(column.known)

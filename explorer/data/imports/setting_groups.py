"""The settings of an import in groups, in the order in which the window and ``inspect`` list them."""

from collections.abc import Collection, Iterator, Mapping

from explorer.config import DataConfig, FieldDescription, describe_fields
from explorer.data.catalog import SPLIT_SETTINGS
from explorer.data.imports.roles import ROLE_SETTINGS

READING = "Reading"
_GROUPS: Mapping[str, tuple[str, ...]] = {
    READING: ("read_as", "samples_key", "encoding", "delimiter", "decimal", "header", "unreadable"),
    "Columns": tuple(ROLE_SETTINGS.values()),
    "Pictures": ("picture_size", "picture_mode", "picture_fit", "picture_ground"),
    "Values": (
        *("sample_shape", "pixel_order", "transpose", "missing", "missing_value", "missing_marks"),
        *("scaling", "log1p", "normalize_counts", "max_features", "binarise"),
    ),
    "Kinds of features": ("number_columns", "count_columns", "angle_columns", "angle_period"),
    "Split": SPLIT_SETTINGS,
}
GROUPS = tuple(_GROUPS)


def grouped_settings(names: Collection[str]) -> Iterator[tuple[str, list[FieldDescription]]]:
    """Yield the groups that have settings of these names, each with its settings in the order of the group."""
    fields = {field.name: field for field in describe_fields(DataConfig)}
    listed = {name for group in _GROUPS.values() for name in group}
    for title, group in _GROUPS.items():
        # A setting of no group, such as one of a single format, is about reading.
        rest = [name for name in fields if name not in listed] if title == READING else []
        shown = [fields[name] for name in (*group, *rest) if name in names]
        if shown:
            yield title, shown

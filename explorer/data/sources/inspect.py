"""Inspects a file or folder by its headers, so that a form can offer the settings that apply to it."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from explorer.data.catalog import Opener, format_of
from explorer.data.columns import find_label_name
from explorer.data.dataset import DataError
from explorer.data.sources.array_files import array_shapes
from explorer.data.sources.arrays import open_arrays
from explorer.data.sources.pictures import open_pictures, picture_files, picture_size
from explorer.data.sources.tables import open_table, table_columns
from explorer.data.sources.text import FEW_FILES, open_text, text_files
from explorer.data.splits import are_split_names

SPLIT_SETTINGS = ("validation_fraction", "test_fraction", "split_seed")
"""The settings that apply to every data set."""

_COLUMN_SETTINGS = ("label_column", "attribute_columns", "group_column", "split_column")
_LOOKED_AT = 200
"""Maximum number of pictures whose sizes are compared."""
_SIZE_FOR_ALL = 64
"""Suggested side in pixels if pictures differ in size."""


@dataclass(frozen=True)
class SourceOptions:
    """The format of a file or folder, and the choices that it offers.

    Attributes
    ----------
    title
        The format in words: ``"table (.csv, .tsv, .parquet)"``.
    summary
        The contents in a few words.
    settings
        Names of the `explorer.config.DataConfig` fields that apply to the format.
    choices
        Columns or arrays to choose from, by field name.
    suggested
        Values without which the data cannot be read, by field name.
    """

    path: Path
    title: str
    summary: str
    settings: tuple[str, ...] = SPLIT_SETTINGS
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    suggested: Mapping[str, Any] = field(default_factory=dict)


def inspect(path: Path) -> SourceOptions:
    """Return the options of a file or folder.

    Raises
    ------
    DataError
        If it does not exist, has an unknown format, or is damaged.
    """
    try:
        if not path.exists():
            raise DataError(f"{path}: no such file or folder")
        known = format_of(path)
        # By the function that will read the data, so that the form and the reader never disagree about the format.
        looks: dict[Opener, Callable[[Path, str], SourceOptions]] = {
            open_table: _table,
            open_arrays: _arrays,
            open_pictures: _pictures,
            open_text: _text,
        }
        return looks.get(known.load, _other)(path, known.title)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error


def _table(path: Path, title: str) -> SourceOptions:
    columns = table_columns(path)
    return SourceOptions(
        path,
        title,
        f"{len(columns)} columns: {_some(columns)}",
        (*_COLUMN_SETTINGS, *SPLIT_SETTINGS),
        dict.fromkeys(_COLUMN_SETTINGS, columns),
    )


def _arrays(path: Path, title: str) -> SourceOptions:
    shapes = array_shapes(path)
    listing = [f"{name} {'×'.join(map(str, shape)) or 'single value'}".strip() for name, shape in shapes.items()]
    if "" in shapes:
        return SourceOptions(path, title, f"one array, {listing[0]}")
    samples = tuple(name for name, shape in shapes.items() if len(shape) >= 2)
    columns = tuple(name for name, shape in shapes.items() if len(shape) == 1 or (len(shape) == 2 and shape[1] == 1))
    return SourceOptions(
        path,
        title,
        _some(listing),
        ("samples_key", *_COLUMN_SETTINGS, *SPLIT_SETTINGS),
        {"samples_key": samples, **dict.fromkeys(_COLUMN_SETTINGS, columns)},
    )


def _pictures(path: Path, title: str) -> SourceOptions:
    if path.is_file():
        raise DataError(f"{path} is a single picture; choose the folder with the pictures")
    files = picture_files(path)
    if not files:
        raise DataError(f"{path} contains no pictures")
    folders = [file.relative_to(path).parts[:-1] for file in files]
    if are_split_names(parts[0] if parts else "" for parts in folders):
        folders = [parts[1:] for parts in folders]
    classes = sorted({parts[0] for parts in folders if parts})
    sizes = Counter(size for file in islice(files, _LOOKED_AT) if (size := _size_or_none(file)) is not None)
    text = f"{len(files):,} pictures" + (f" of {len(classes)} classes: {_some(classes)}" if classes else ", no classes")
    if len(sizes) > 1:
        text += "; they differ in size"
    return SourceOptions(
        path,
        title,
        text,
        ("picture_size", "picture_mode", *SPLIT_SETTINGS),
        suggested={"picture_size": _SIZE_FOR_ALL} if len(sizes) > 1 else {},
    )


def _text(path: Path, title: str) -> SourceOptions:
    settings = ("text_as", "vocabulary", *SPLIT_SETTINGS)
    if path.is_file():
        return SourceOptions(path, title, f"{path.stat().st_size:,} bytes, its paragraphs are the documents", settings)
    files = text_files(path)
    what = "each is a document" if len(files) >= FEW_FILES else "their paragraphs are the documents"
    return SourceOptions(path, title, f"{len(files):,} files, {what}", settings)


def _size_or_none(file: Path) -> tuple[int, int] | None:
    try:
        return picture_size(file)
    except DataError:  # reported when the folder is read
        return None


def _other(path: Path, title: str) -> SourceOptions:
    return SourceOptions(path, title, path.name)


def _some(names: tuple[str, ...] | list[str], most: int = 8) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def found_label(options: SourceOptions) -> str:
    """Return the column that is used for the classes if none is chosen, or ""."""
    return find_label_name(options.choices.get("label_column", ())) or ""


def found_split(options: SourceOptions) -> str:
    """Return the column that is used for the split if none is chosen and its words are splits, or ""."""
    return "split" if "split" in options.choices.get("split_column", ()) else ""

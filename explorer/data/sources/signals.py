"""Data sets of the UCR and UEA archives of time series: .ts, .arff, and text with the class before the values.

1. Find the files: NAME_TRAIN and NAME_TEST beside each other are published splits. ``data.samples_key`` chooses one of
   them, or one of several data sets of a folder.
2. Read each by its format into a `Series`, or, if an .arff file has other attributes, into a table.
3. Make the data set (`explorer.data.signals.series`): a sample is a curve.
"""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.formats import opens
from explorer.data.imports.column_roles import with_roles
from explorer.data.reading.limits import TABLE_BYTES
from explorer.data.report import Role, noun, some
from explorer.data.signals.arff import Arff, Attribute, inner_lines, is_arff_text, read_arff
from explorer.data.signals.series import Series, kept_rows, series_dataset
from explorer.data.signals.ts_files import read_ts
from explorer.data.sources.tables import table_dataset
from explorer.data.tables.read_table import ReadTable
from explorer.data.text.decoded_text import decode_text
from explorer.data.text.number_lines import head_of, is_number, line_blocks, opened, parse_rows, whole_lines

MIN_VALUES = 24
"""Minimum number of values of a series in a file that does not say that it has series."""
MAX_CLASSES = 100

_TAGGED = (".ts", ".arff")
_PLAIN = (".tsv", ".txt", ".csv")
_OTHER_ARFF = ("", ".dat", ".data", ".txt")
_PART = re.compile(r"(.+)[_-](TRAIN|TEST)", re.IGNORECASE)
_DIMENSION = re.compile(r"Dimension\d+$", re.IGNORECASE)
_TIME = re.compile(r"(att|t|time|ts)[ _]?(\d+)", re.IGNORECASE)
_HEAD = 1 << 20


def holds_series(path: Path) -> bool:
    """Return whether a file has series, or a folder has the training part of a data set."""
    if path.is_dir():
        return bool(_training_files(path))
    suffix = path.suffix.lower()
    if suffix == ".ts":
        return b"@data" in head_of(path, _HEAD).lower()  # TypeScript has the same suffix
    return _is_arff(path) or (suffix in _PLAIN and has_classes_first(path))


def _is_arff(path: Path) -> bool:
    """Return whether a file is .arff, by its suffix or, as the data sets of KEEL have .dat, by its first lines."""
    if path.suffix.lower() == ".arff":
        return True
    return path.suffix.lower() in _OTHER_ARFF and path.is_file() and is_arff_text(head_of(path, _HEAD))


def has_classes_first(path: Path) -> bool:
    """Return whether the rows of a text file are a class and at least `MIN_VALUES` numbers, most of them fractions."""
    rows = [_by_spaces(line).split() for line in whole_lines(head_of(path, _HEAD), _HEAD)[:40]]
    # Names of columns make it a table: the first column of one is often a time that looks like a class.
    if rows and rows[0] and not is_number(rows[0][0]) and not rows[0][0].startswith((b"#", b"%")):
        return False
    # Series of unequal length leave cells out at the end; most rows have the usual number.
    width = Counter(map(len, rows)).most_common(1)[0][0] if rows else 0
    good = [row for row in rows if len(row) == width and all(map(is_number, row))]
    if width <= MIN_VALUES or len(good) < 0.8 * len(rows):
        return False
    numbers = np.array([[float(cell) for cell in row] for row in good])
    classes, values = numbers[:, 0], numbers[:, 1:]
    whole = bool(np.isfinite(classes).all() and not np.any(classes % 1)) and np.abs(classes).max() < MAX_CLASSES
    counts_rows = len(good) > 1 and bool((np.diff(classes) == 1).all())
    with np.errstate(invalid="ignore"):
        fractions = (values % 1 != 0) & np.isfinite(values)
        # Whole numbers that differ, beside fractions, are another quantity: a cycle or a setting, not part of a curve.
        low, high = np.nanmin(values, axis=0, initial=np.inf), np.nanmax(values, axis=0, initial=-np.inf)
        others = ~fractions.any(axis=0) & (high > low)
    return whole and not counts_rows and not others.any() and bool(np.mean(fractions) > 0.5)


@opens("time series (.ts, UCR text, or a folder of them)", recognizes=holds_series, read_as="series")
@opens("attribute-relation file of Weka and OpenML (.arff)", recognizes=_is_arff)
def open_series(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open time series, or the table of an .arff file.

    Raises
    ------
    DataError
        If a file is damaged or too large, or a folder has several data sets of which none is chosen.
    """
    context.notes.applies("encoding")
    if path.is_file():
        stem, files = path.stem, _with_test(path, config, context)
    else:
        stem, files = _of_folder(path, config, context)
    if len(files) == 1:
        (file,) = files.values()
        if _is_arff(file):
            return _of_arff(file, config, context)
    parts = {split: _read(file, config, context) for split, file in files.items()}
    return series_dataset(parts, config, context, name=stem, where=str(path))


def _with_test(path: Path, config: DataConfig, context: LoadContext) -> dict[str, Path]:
    """Return a file, and the test file beside a training file, by their splits."""
    notes, found = context.notes, _PART.fullmatch(path.stem)
    is_train = found is not None and found[2].lower() == "train"
    tests = [path.with_name(f"{path.stem[:-5]}{end}{path.suffix}") for end in ("TEST", "test", "Test")]
    # Where file names are case-sensitive, each spelling is another file.
    test = next((file for file in tests if file.is_file()), None) if is_train else None
    if test is not None:
        notes.choices("samples_key", ("train", "test"))
        if config.samples_key not in ("", "train", "test", found[1] if found else ""):
            raise DataError(f"{path}: there is no part {config.samples_key!r}; set data.samples_key to train or test")
        chosen = {"train": path, "test": test}.get(config.samples_key)
        if chosen is None:
            notes.understood(f"{test.name} beside it is the test split; data.samples_key = train leaves it out")
            return {"train": path, "test": test}
        return {"": chosen}
    if found is not None and not is_train:
        notes.warn("this is the test part alone; open the file that ends with _TRAIN to have both")
    return {"": path}


def _training_files(folder: Path) -> dict[str, list[Path]]:
    """Return the training files in a folder by the names of their data sets, formats with a header first."""
    order = (*_TAGGED, *_PLAIN)
    found: dict[str, list[Path]] = {}
    for file in sorted(folder.iterdir()):
        match = _PART.fullmatch(file.stem)
        if match and match[2].lower() == "train" and file.suffix.lower() in order and holds_series(file):
            found.setdefault(match[1], []).append(file)
    # The UEA archive has each dimension of a multivariate data set in a file of its own, too.
    whole = {name: files for name, files in found.items() if not _DIMENSION.search(name)}
    return {
        name: sorted(files, key=lambda file: order.index(file.suffix.lower()))
        for name, files in (whole or found).items()
    }


def _of_folder(folder: Path, config: DataConfig, context: LoadContext) -> tuple[str, dict[str, Path]]:
    found = _training_files(folder)
    # A folder of the whole archive: which data set is meant cannot be guessed.
    if len(found) > 1 and config.samples_key not in found:
        context.notes.choices("samples_key", found)
        raise DataError(f"{folder}: the folder has several data sets; set data.samples_key to one of {some(found)}")
    name = config.samples_key if config.samples_key in found else next(iter(found))
    file = found[name][0]
    context.notes.understood(f"{file.name} has the training split")
    files = _with_test(file, config, context)
    used = {each.name for each in files.values()}
    others = [each.name for each in sorted(folder.iterdir()) if each.name not in used and not each.name.startswith(".")]
    context.notes.left_out(noun(len(others), "file"), f"they do not belong to {file.name}", others)
    return name, files


def _read(file: Path, config: DataConfig, context: LoadContext) -> Series:
    TABLE_BYTES.check(file.stat().st_size, file, "the file has")
    if file.suffix.lower() in _PLAIN:
        return _read_plain(file, context)
    text = _text(file, config, context)
    if file.suffix.lower() == ".ts":
        return read_ts(text, file.name, str(file), context)
    return _series_of(read_arff(text, file.name, str(file), context), file, context)


def _text(file: Path, config: DataConfig, context: LoadContext) -> str:
    decoded = decode_text(file.read_bytes(), config.encoding, file)
    if decoded.is_guess:
        context.notes.changed(
            f"{file.name} was read as {decoded.encoding}; the encoding was guessed from its characters"
        )
    return decoded.text


def _read_plain(file: Path, context: LoadContext) -> Series:
    """Return the series of a text file whose first column has the classes."""
    blocks, bad, width, seen = list[NDArray[np.float32]](), list[int](), 0, 0
    with opened(file) as stream:
        for block in line_blocks(stream, file, context):
            lines = [_by_spaces(line) for line in block if line.strip()]
            if not lines:
                continue
            width = width or Counter(len(line.split()) for line in lines[:40]).most_common(1)[0][0]
            rows, good = parse_rows(lines, width)
            bad += (seen + np.flatnonzero(~good)).tolist()
            blocks.append(rows[good])
            seen += len(lines)
            if context.limit is not None and seen >= context.limit:
                context.notes.partial(f"the first {seen:,} series")
                break
    kept = kept_rows(context.notes, file.name, seen, bad, f"they do not have {width:,} numbers")
    rows = np.concatenate(blocks)
    context.notes.understood(f"{file.name}: the first of {width:,} columns is the class, the others are a series")
    return Series(list(rows[:, np.newaxis, 1:]), {"class": rows[:, 0].astype(np.float64)}, rows=kept)


def _by_spaces(line: bytes) -> bytes:
    return line.replace(b",", b" ").replace(b";", b" ")


def _of_arff(file: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Return the data set of one .arff file: series, or a table."""
    TABLE_BYTES.check(file.stat().st_size, file, "the file has")
    arff = read_arff(_text(file, config, context), file.name, str(file), context)
    context.notes.understood(f"relation {arff.relation or file.stem}: {len(arff.attributes):,} attributes")
    if _are_series(arff):
        return series_dataset({"": _series_of(arff, file, context)}, config, context, name=file.stem, where=str(file))
    if any(each.type == "relational" for each in arff.attributes):
        raise DataError(f"{file}: relational attributes are read only beside one class; export them as a table")
    table = pa.table({name: pa.array(values, from_pandas=True) for name, values in arff.values.items()})
    known = with_roles(config, _known_roles(arff, context))
    return table_dataset(ReadTable(table), known, context, name=file.stem, where=str(file))


def _are_series(arff: Arff) -> bool:
    """Return whether the attributes but the class are one relation, or are named and numbered like times."""
    others = [each for each in arff.attributes if each.name != arff.class_name]
    if [each.type for each in others] == ["relational"]:
        return True
    found = [_TIME.fullmatch(each.name) for each in others if each.type == "numeric"]
    if len(found) < len(others) or len(others) < MIN_VALUES or not all(found):
        return False
    numbers = [int(match[2]) for match in found if match]
    fractions = any(np.any(arff.values[each.name] % 1 > 0) for each in others)
    return fractions and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _series_of(arff: Arff, file: Path, context: LoadContext) -> Series:
    if not _are_series(arff):
        raise DataError(
            f"{file}: the attributes are not series; open the file alone as a table (data.samples_key = train)"
        )
    others = [each for each in arff.attributes if each.name != arff.class_name]
    columns = {"class": _classes(arff)} if arff.class_name else {}
    if others[0].type != "relational":
        matrix = np.stack([arff.values[each.name] for each in others], axis=1).astype(np.float32)
        return Series(list(matrix[:, np.newaxis]), columns)
    values, bad = [], []
    for row, cell in enumerate(arff.values[others[0].name]):
        series = _relation(cell or "")
        (bad.append(row) if series is None else values.append(series))
    why = "their dimensions are not numbers or differ in length"
    kept = kept_rows(context.notes, file.name, len(values) + len(bad), bad, why)
    if kept is not None:
        columns = {name: each[kept] for name, each in columns.items()}
    return Series(values, columns, rows=kept)


def _relation(cell: str) -> NDArray[np.float32] | None:
    """Return the rows of a relational value as ``(D, T)``, or None if they are damaged."""
    rows = [line.replace("?", "nan").split(",") for line in inner_lines(cell)]
    try:
        return np.array(rows, dtype=np.float32) if rows else None
    except ValueError:
        return None


def _classes(arff: Arff) -> NDArray[np.generic]:
    """Return the classes; numbers stay numbers, so that class 10 comes after class 9."""
    words = arff.values[arff.class_name]
    if all(word is None or is_number(word) for word in words):
        return np.array([np.nan if word is None else float(word) for word in words])
    return words


def _known_roles(arff: Arff, context: LoadContext) -> dict[str, Role]:
    """Return roles by the types of the attributes: the last nominal one is the class."""
    if arff.class_name:
        context.notes.understood(f"{arff.class_name}, the last nominal attribute, is the class")
    # Categories that are coded as numbers would otherwise be read as amounts.
    coded: dict[str, Role] = {each.name: "attribute" for each in arff.attributes if _is_coded(each)}
    return {**coded, **({arff.class_name: "label"} if arff.class_name else {})}


def _is_coded(attribute: Attribute) -> bool:
    return attribute.type == "nominal" and all(map(is_number, attribute.words))

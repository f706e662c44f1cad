"""Data sets from folders of TensorBoard's embedding projector: vectors, and metadata with a name or classes for each.

The vectors are a .tsv without header, or 32-bit floats whose size projector_config.pbtxt gives. The metadata have one
line per vector, and a first line with the names of the columns if there are several columns.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.columns import is_missing
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.formats import opens
from explorer.data.imports.column_roles import column_roles
from explorer.data.imports.found import Found
from explorer.data.imports.interpret import ROW_SETTINGS, interpret
from explorer.data.reading.limits import ARRAY_BYTES, TABLE_BYTES
from explorer.data.report import rows_text
from explorer.data.tables.read_table import ReadTable, unique_names
from explorer.data.tables.table_values import ColumnReader
from explorer.data.text.decoded_text import decode_text
from explorer.data.text.number_lines import head_of, is_number, line_blocks, opened, parse_rows, whole_lines

MAX_COLUMNS = 1000

_VECTORS = re.compile(r".*(vectors?|vecs?|tensors?|embeddings?)\.tsv", re.IGNORECASE)
_METADATA = re.compile(r".*(metadata|meta|labels?)\.tsv", re.IGNORECASE)
_CONFIG = "projector_config.pbtxt"
_ENTRY = re.compile(r'(tensor_path|metadata_path|tensor_shape|model_checkpoint_path)\s*:\s*("([^"]*)"|\d+)')
_HEAD = 1 << 20


@dataclass(frozen=True)
class _Parts:
    """The files of a projector folder; ``shape`` belongs to binary vectors."""

    vectors: Path
    metadata: Path | None
    shape: tuple[int, ...] = ()


def holds_projector(path: Path) -> bool:
    """Return whether a folder has the files of a projector, or a file of vectors has metadata beside it."""
    if path.is_dir():
        return (path / _CONFIG).is_file() or _of_names(path) is not None
    parts = _of_names(path.parent, path) if _VECTORS.fullmatch(path.name) else None
    return parts is not None and parts.metadata is not None


@opens("folder of TensorBoard's projector (vectors.tsv, metadata.tsv)", recognizes=holds_projector)
def open_projector(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open the vectors of a projector with their metadata.

    Raises
    ------
    DataError
        If there are no vectors, or they are damaged.
    """
    # The config is exact; names are guesses.
    parts = _of_config(path / _CONFIG) if (path / _CONFIG).is_file() else None
    parts = parts or (_of_names(path) if path.is_dir() else _of_names(path.parent, path))
    if parts is None:
        raise DataError(
            f"{path}: {_CONFIG} names no file of vectors in this folder; export vectors.tsv and metadata.tsv"
        )
    notes = context.notes
    notes.applies(*ROW_SETTINGS, "encoding")
    vectors = _read_binary(parts) if parts.shape else _read_vectors(parts.vectors, context)
    notes.understood(f"{parts.vectors.name}: {len(vectors):,} vectors of {vectors.shape[1]:,} numbers")
    columns = {} if parts.metadata is None else _read_metadata(parts.metadata, len(vectors), config, context)
    roles = column_roles(columns, config, str(path), notes)
    found = Found(
        name=path.resolve().name if path.is_dir() else path.stem,
        where=str(path),
        samples=vectors,
        columns=columns,
        roles=roles.roles,
        why=roles.why,
        feature_names=[f"dimension {number}" for number in range(1, vectors.shape[1] + 1)],
    )
    return interpret(found, config, context)


def _of_names(folder: Path, vectors: Path | None = None) -> _Parts | None:
    """Return the files that have customary names; the metadata whose name begins like that of the vectors first."""
    files = sorted(file for file in folder.glob("*.tsv") if file.is_file())
    known = [file for file in files if _VECTORS.fullmatch(file.name)] if vectors is None else [vectors]
    if not known or not _is_numbers(known[0]):
        return None
    beside = [file for file in files if _METADATA.fullmatch(file.name)]
    # vectors_1.tsv belongs to metadata_1.tsv.
    beside.sort(key=lambda file: -len(_common_start(file.name, known[0].name)))
    return _Parts(known[0], beside[0] if beside else None)


def _common_start(one: str, other: str) -> str:
    return next((one[:end] for end in range(len(one), 0, -1) if other.startswith(one[:end])), "")


def _is_numbers(file: Path) -> bool:
    lines = whole_lines(head_of(file, _HEAD), _HEAD)[:5]
    return bool(lines) and all(len(line.split()) > 1 and all(map(is_number, line.split())) for line in lines)


def _of_config(file: Path) -> _Parts | None:
    """Return the files of the first entry of a projector's config whose vectors are in its folder."""
    text = file.read_bytes()[:_HEAD].decode("utf-8", "replace")
    for entry in re.findall(r"embeddings\s*\{([^{}]*)", text):
        found = [(name, text or number) for name, number, text in _ENTRY.findall(entry)]
        vectors = _inside(file.parent, next((value for name, value in found if name == "tensor_path"), ""))
        if vectors is None:
            continue
        metadata = _inside(file.parent, next((value for name, value in found if name == "metadata_path"), ""))
        shape = tuple(int(value) for name, value in found if name == "tensor_shape")
        return _Parts(vectors, metadata, () if vectors.suffix.lower() == ".tsv" else shape)
    return None


def _inside(folder: Path, name: str) -> Path | None:
    """Return a file that a config names, if it is in the folder."""
    # A config may name any path of the machine where it was written, or one outside on purpose.
    path = (folder / name).resolve()
    return path if name and path.is_file() and path.is_relative_to(folder.resolve()) else None


def _read_binary(parts: _Parts) -> NDArray[np.float32]:
    size = parts.vectors.stat().st_size
    if len(parts.shape) != 2 or 0 in parts.shape or parts.shape[0] * parts.shape[1] * 4 != size:
        raise DataError(
            f"{parts.vectors}: {size:,} bytes are not {'×'.join(map(str, parts.shape))} 32-bit floats; check "
            f"tensor_shape in {_CONFIG}"
        )
    ARRAY_BYTES.check(size, parts.vectors, "the vectors take")
    return np.fromfile(parts.vectors, "<f4").reshape(parts.shape).astype(np.float32, copy=False)


def _read_vectors(file: Path, context: LoadContext) -> NDArray[np.float32]:
    width = 0
    blocks: list[NDArray[np.float32]] = []
    with opened(file) as stream:
        for block in line_blocks(stream, file, context):
            lines = [line for line in block if line.strip()]
            width = width or len(lines[0].split()) if lines else width
            size = (sum(map(len, blocks)) + len(lines)) * width * 4
            ARRAY_BYTES.check(size, file, "the vectors take at least")
            rows, good = parse_rows(lines, width)
            # A line that is left out would shift the metadata: it becomes a row of missing values instead.
            if not good.all():
                first = sum(map(len, blocks)) + int(np.argmin(good))
                context.notes.warn(
                    f"{file.name}, {rows_text([first])[0]}: no {width} numbers; the row has missing values"
                )
            blocks.append(rows)
    if not width:
        raise DataError(f"{file}: the file has no vectors")
    return np.concatenate(blocks)


def _read_metadata(file: Path, count: int, config: DataConfig, context: LoadContext) -> dict[str, NDArray[Any]]:
    """Return the columns of the metadata, or none if they do not match the vectors."""
    notes = context.notes
    TABLE_BYTES.check(file.stat().st_size, file, "the metadata have")
    decoded = decode_text(file.read_bytes(), config.encoding, file)
    lines = decoded.text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    # A header is known by one line more than there are vectors, as the projector itself does.
    if len(lines) not in (count, count + 1):
        notes.left_out(
            f"file {file.name}", f"it has {len(lines):,} lines for {count:,} vectors; one line each is needed", count=1
        )
        return {}
    cells = [line.split("\t") for line in lines]
    width = min(max(map(len, cells)), MAX_COLUMNS)
    cells = [[*each, *[""] * (width - len(each))][:width] for each in cells]
    names = cells.pop(0) if len(cells) > count else []
    words = list(zip(*cells, strict=True))
    if not names:
        names = [_customary(words[0])] if width == 1 else [f"column {number}" for number in range(1, width + 1)]
    guessed = f", read as {decoded.encoding}" if decoded.is_guess else ""
    notes.understood(f"{file.name}: {'names' if width == 1 else f'{width} columns'} of the vectors{guessed}")
    table = pa.table(dict(zip(unique_names(names)[0], map(pa.array, words), strict=True)))
    reader = ColumnReader(ReadTable(table), config, notes)
    read = {name: reader.values_of(table.column(name), name) for name in table.column_names}
    reader.say()
    return {name: values for name, values in read.items() if values is not None}


def _customary(words: tuple[str, ...]) -> str:
    """Return a name for the only column: "name" if most values differ, as words do, else "label"."""
    known = np.array(words, dtype=object)
    known = known[~is_missing(known)]
    return "name" if len(np.unique(known)) > max(1, len(known) // 2) else "label"

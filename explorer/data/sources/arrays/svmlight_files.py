"""Reads the sparse text of SVM-light and LIBSVM: a label, then pairs of a feature's number and its value.

Such files have any suffix (.txt, .dat, .svm, .t, .scale, none), so they are recognized by their lines. Features that a
line does not mention are 0. The numbers of features begin with 1, or with 0 if any line has a 0.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.formats import opens
from explorer.data.imports.column_facts import ColumnFacts, can_be_classes
from explorer.data.imports.column_roles import column_roles
from explorer.data.imports.found import Found
from explorer.data.imports.interpret import ROW_SETTINGS, interpret
from explorer.data.report import Role, counted, noun
from explorer.data.sources.arrays.sparse_files import build_sparse
from explorer.data.text.number_lines import head_of, is_number, line_blocks, opened, whole_lines

MAX_PAIRS = 1 << 27
"""Maximum number of values that are not 0."""
MAX_FEATURES = 1_000_000
MIN_FILLED = 0.3
"""If a larger share of the values is given, the matrix is not kept as sparse."""

_VALUE = rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_LINE = re.compile(rb"\s*([^\s:#]+)((?:\s+qid:\d+)?)((?:\s+\d+:" + _VALUE + rb")*)\s*(?:#.*)?")
_HEAD, _LINES = 1 << 18, 20


@dataclass
class _Lines:
    """What was read so far."""

    labels: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    pairs: list[NDArray[np.float64]] = field(default_factory=list)
    bad: list[int] = field(default_factory=list)
    seen: int = 0

    def add(self, lines: Sequence[bytes]) -> None:
        """Append lines that are not blank."""
        texts = []
        for line in lines:
            found = _LINE.fullmatch(line)
            if found is None:
                self.bad.append(self.seen)
            else:
                self.labels.append(found[1].decode("utf-8", "replace"))
                self.groups.append(found[2].decode().strip().removeprefix("qid:"))
                self.sizes.append(found[3].count(b":"))
                texts.append(found[3].replace(b":", b" "))
            self.seen += 1
        self.pairs.append(np.array(b" ".join(texts).split(), dtype=np.float64).reshape(-1, 2))


def holds_pairs(path: Path) -> bool:
    """Return whether the first lines of a file are a label and numbered values."""
    if not path.is_file():
        return False
    lines = whole_lines(head_of(path, _HEAD), _HEAD)[:_LINES]
    found = [match for line in lines if (match := _LINE.fullmatch(line)) and match[3]]
    return len(lines) > 1 and len(found) >= 0.9 * len(lines)


@opens("sparse text of SVM-light and LIBSVM", recognizes=holds_pairs)
def open_pairs(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open a file of labels and numbered values.

    Raises
    ------
    DataError
        If the file is too large.
    """
    notes = context.notes
    notes.applies(*ROW_SETTINGS)
    read = _Lines()
    with opened(path) as stream:
        for block in line_blocks(stream, path, context):
            read.add([line for line in block if line.strip() and not line.startswith(b"#")][: context.limit])
            if sum(map(len, read.pairs)) > MAX_PAIRS:
                raise DataError(f"{path}: the file has more than {MAX_PAIRS:,} values; use a part of its lines")
            if context.limit is not None and read.seen >= context.limit:
                notes.partial(f"the first {read.seen:,} rows")
                break
    notes.left_out(noun(len(read.bad), "row"), "not a label and numbered values", [f"row {n + 1}" for n in read.bad])
    samples = _samples(read, path)
    filled = sum(read.sizes) / max(1, samples.shape[0] * samples.shape[1])
    notes.understood(
        f"{counted(samples.shape[0], 'row')} of a label and numbered values of {counted(samples.shape[1], 'feature')}, "
        f"{filled:.0%} of which are given and the others 0"
    )
    columns, known = _columns(read)
    roles = column_roles(columns, config, str(path), notes, known)
    found = Found(
        name=path.stem,
        where=str(path),
        samples=samples.toarray() if filled > MIN_FILLED else samples,
        columns=columns,
        roles=roles.roles,
        why=roles.why,
        rows=np.setdiff1d(np.arange(read.seen), read.bad) if read.bad else None,
    )
    return interpret(found, config, context)


def _samples(read: _Lines, path: Path) -> Any:
    """Return the values as a sparse matrix ``(N, F)``."""
    pairs = np.concatenate(read.pairs)
    if not len(pairs):
        raise DataError(f"{path}: no line has numbered values")
    numbers = pairs[:, 0].astype(np.int64)
    first, count = (0 if numbers.min() == 0 else 1), int(numbers.max())
    if count > MAX_FEATURES:
        raise DataError(f"{path}: a feature has the number {count:,}; the limit is {MAX_FEATURES:,}")
    rows = np.repeat(np.arange(len(read.sizes)), read.sizes)
    shape = (len(read.sizes), count - first + 1)
    return build_sparse("coo", pairs[:, 1].astype(np.float32), [rows, numbers - first], shape, str(path))


def _columns(read: _Lines) -> tuple[dict[str, NDArray[Any]], dict[str, Role]]:
    """Return the labels and the groups of the rows, with their roles."""
    numbers = all(map(is_number, read.labels))
    labels = np.array(read.labels, dtype=np.float64) if numbers else np.array(read.labels, dtype=object)
    columns: dict[str, NDArray[Any]] = {"label": labels}
    # Targets of a regression are no classes.
    known: dict[str, Role] = {"label": "label" if can_be_classes(ColumnFacts("label", labels)) else "attribute"}
    if any(read.groups):
        columns["qid"], known["qid"] = np.array(read.groups, dtype=object), "group"
    return columns, known

"""Reads .arff files of Weka, OpenML and KEEL: attributes with their types, dense, sparse and relational data.

SciPy's reader has neither words as strings nor sparse data, and it stops at the first bad row.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.data.context import LoadContext
from explorer.data.dataset import DataError
from explorer.data.reading.limits import TABLE_BYTES, check_growth
from explorer.data.report import noun, rows_text

AttributeType = Literal["numeric", "nominal", "word", "relational"]


_WORD = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_ATTRIBUTE = re.compile(rf"@attribute\s+({_WORD}|[^\s'\"{{]+)\s*(.+)", re.IGNORECASE)
_CELL = re.compile(rf"\s*({_WORD}|[^,]*?)\s*(?:,|$)")
_SPARSE_CELL = re.compile(rf"\s*(\d+)\s+({_WORD}|[^,\s]+)\s*(?:,|$)")
_WEIGHT = re.compile(r",\s*\{[^{}]*\}\s*$")
_ESCAPE = re.compile(r"\\(.)")
_NUMERIC = ("numeric", "real", "integer")
_EVERY = 2000  # rows between two reports of progress


@dataclass(frozen=True)
class Attribute:
    """An attribute with its type, and the words of a nominal one."""

    name: str
    type: AttributeType
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Arff:
    """An .arff file: for each attribute its values, float64 ``(N,)`` with NaN for missing, or words with None."""

    relation: str
    attributes: tuple[Attribute, ...]
    values: dict[str, NDArray[Any]] = field(default_factory=dict)

    @property
    def class_name(self) -> str:
        """The last nominal attribute, which by custom is the class; "" if there is none."""
        return next((each.name for each in reversed(self.attributes) if each.type == "nominal"), "")


def is_arff_text(head: bytes) -> bool:
    """Return whether the first bytes of a file are those of an .arff file, perhaps below comments."""
    lower = head.lower()
    return all(re.search(rb"(?m)^[ \t]*@" + word, lower) for word in (b"relation", b"attribute", b"data"))


def read_arff(text: str, name: str, where: str, context: LoadContext) -> Arff:
    """Return the contents of an .arff file; rows that cannot be read are left out and listed.

    Raises
    ------
    DataError
        If the file has no attributes or no @data, or is too large.
    """
    found = re.search(r"(?im)^\s*@data\b[^\n]*\n?", text)
    if found is None:
        raise DataError(f"{where}: there is no line @data; this is not an .arff file")
    relation, attributes = _header(text[: found.start()], where)
    lines = [line for line in text[found.end() :].splitlines() if line.strip() and not line.lstrip().startswith("%")]
    wanted = lines[: context.limit]
    if len(wanted) < len(lines):
        context.notes.partial(f"the first {len(wanted):,} of {len(lines):,} rows")
    size = 8 * len(wanted) * len(attributes)
    TABLE_BYTES.check(size, where, f"{len(wanted):,} rows of {len(attributes):,} attributes take")
    # Sparse rows name only some of the attributes.
    check_growth(len(text), size, where)
    values = {each.name: _empty(each, len(wanted)) for each in attributes}
    bad = []
    for row, line in enumerate(wanted):
        if row % _EVERY == 0:
            context.report(row, len(wanted), f"reading {name}")
        if not _read_row(line.strip(), row, attributes, values):
            bad.append(row)
    context.notes.left_out(
        noun(len(bad), "row"),
        f"they do not have a value for each of the {len(attributes):,} attributes",
        rows_text(bad),
    )
    kept = np.setdiff1d(np.arange(len(wanted)), bad)
    return Arff(relation, attributes, {key: column[kept] for key, column in values.items()} if bad else values)


def inner_lines(cell: str) -> list[str]:
    r"""Return the rows of a relational value, which are separated by "\n" in one quoted cell."""
    return [line for line in re.split(r"\\n|\n", cell) if line.strip()]


def _header(text: str, where: str) -> tuple[str, tuple[Attribute, ...]]:
    relation, attributes, inside = "", list[Attribute](), False
    for line in (line.strip() for line in text.splitlines()):
        lower = line.lower()
        if lower.startswith("@relation"):
            relation = _plain(line[9:].strip())
        # Attributes of a relation belong to its rows, not to the table.
        inside = inside and not lower.startswith("@end")
        found = _ATTRIBUTE.fullmatch(line) if lower.startswith("@attribute") and not inside else None
        if found:
            attributes.append(_attribute(_plain(found[1]), found[2].strip()))
            inside = attributes[-1].type == "relational"
    names = [each.name for each in attributes]
    if not attributes or len(set(names)) < len(names):
        fault = "two attributes have the same name" if attributes else "there are no lines @attribute"
        raise DataError(f"{where}: {fault}; correct the header of the file")
    return relation, tuple(attributes)


def _attribute(name: str, text: str) -> Attribute:
    if text.startswith("{"):
        inner = text[1:].partition("}")[0] if "'" not in text and '"' not in text else text[1 : text.rfind("}")]
        return Attribute(name, "nominal", tuple(map(_plain, _cells(inner))))
    kind = text.split()[0].lower()
    if kind in _NUMERIC:
        return Attribute(name, "numeric")
    return Attribute(name, "relational" if kind == "relational" else "word")


def _empty(attribute: Attribute, count: int) -> NDArray[Any]:
    """Return the values that sparse rows do not mention: 0, or the first word of a nominal attribute."""
    if attribute.type == "numeric":
        return np.zeros(count)
    return np.full(count, attribute.words[0] if attribute.words else "", dtype=object)


def _read_row(line: str, row: int, attributes: Sequence[Attribute], values: dict[str, NDArray[Any]]) -> bool:
    """Put the cells of a line into the columns; return whether the line is good."""
    if line.startswith("{"):
        pairs: Iterator[tuple[int, str]] = (
            (int(at), cell) for at, cell in _SPARSE_CELL.findall(line[1:].rpartition("}")[0])
        )
    else:
        # Weka appends the weight of a row in braces.
        cells = _cells(line)
        if len(cells) > len(attributes):
            cells = _cells(_WEIGHT.sub("", line))
        if len(cells) != len(attributes):
            return False
        pairs = enumerate(cells)
    for index, cell in pairs:
        if index >= len(attributes):
            return False
        attribute = attributes[index]
        # Words are kept as they are: "007" and 7 differ as names of classes.
        if attribute.type != "numeric":
            values[attribute.name][row] = None if cell == "?" else _plain(cell)
            continue
        try:
            values[attribute.name][row] = float("nan" if cell == "?" else _plain(cell))
        except ValueError:
            return False
    return True


def _cells(line: str) -> list[str]:
    """Return the cells of a dense row, still quoted; separated by commas, or by spaces if there is no comma."""
    # Most lines have no quotes, and splitting is much faster than the pattern.
    if "'" not in line and '"' not in line:
        return [cell.strip() for cell in line.split(",")] if "," in line else line.split()
    cells = [found[1] for found in _CELL.finditer(line)]
    # The pattern matches once more, with an empty cell, at the end of the line.
    return cells[:-1] if len(cells) > 1 and not cells[-1] and not line.rstrip().endswith(",") else cells


def _plain(word: str) -> str:
    """Return a word without its quotes and escapes."""
    if len(word) > 1 and word[0] == word[-1] and word[0] in "'\"":
        quoted = word[1:-1]
        return _ESCAPE.sub(lambda found: found[0] if found[1] == "n" else found[1], quoted)
    return word

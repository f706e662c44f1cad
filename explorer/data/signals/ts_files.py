"""Reads .ts files of the UCR and UEA archives: a header of @ lines, then one line per series.

Dimensions are separated by colons and followed by the class. With @timeStamps true, a value is a pair (time, value).
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.context import LoadContext
from explorer.data.dataset import Axis, DataError
from explorer.data.report import Notes
from explorer.data.signals.series import Series, kept_rows

_PAIR = re.compile(r"\(([^()]*),([^(),]*)\)")
_TRUE = ("true", "yes", "1")
_EVERY = 500  # series between two reports of progress


@dataclass(frozen=True)
class _TsHeader:
    """What the @ lines say."""

    has_times: bool
    has_class: bool
    has_target: bool

    @property
    def extra(self) -> int:
        """Number of cells after the dimensions."""
        return int(self.has_class or self.has_target)


def read_ts(text: str, name: str, where: str, context: LoadContext) -> Series:
    """Return the series of a .ts file with the column "class" or "target"; lines that cannot be read are left out.

    Raises
    ------
    DataError
        If the file has no @data.
    """
    header_text, mark, data = _divided(text)
    if not mark:
        raise DataError(f"{where}: there is no line @data; this is not a .ts file of the UCR or UEA archive")
    header = _header(header_text)
    lines = [line.strip() for line in data.split("\n") if line.strip() and not line.startswith("#")]
    values: list[NDArray[np.float32]] = []
    ends, bad, times = list[str](), list[int](), set[str]()
    for row, line in enumerate(lines[: context.limit]):
        if row % _EVERY == 0:
            context.report(row, len(lines), f"reading {name}")
        cells = line.split(":") if not header.has_times else _cells_with_times(line)
        try:
            series = _dimensions(cells[: len(cells) - header.extra], header, times)
        except ValueError:
            bad.append(row)
            continue
        values.append(series)
        ends.append(cells[-1].strip() if header.extra else "")
    if context.limit is not None and len(lines) > context.limit:
        context.notes.partial(f"the first {context.limit:,} of {len(lines):,} series")
    why = "their values are not numbers, or their dimensions differ in length"
    kept = kept_rows(context.notes, name, len(values) + len(bad), bad, why)
    axis = _axis(times, values, context.notes) if header.has_times else None
    return Series(values, _columns(header, ends), axis, kept)


def _divided(text: str) -> tuple[str, str, str]:
    found = re.search(r"(?im)^@data[ \t\r]*\n?", text)
    return (text[: found.start()], "@data", text[found.end() :].replace("\r", "")) if found else (text, "", "")


def _header(text: str) -> _TsHeader:
    said = {}
    for line in text.splitlines():
        if line.startswith("@"):
            word, _, rest = line[1:].partition(" ")
            said[word.lower()] = rest.strip().lower().split(" ")[0]
    return _TsHeader(said.get("timestamps") in _TRUE, said.get("classlabel") in _TRUE, said.get("targetlabel") in _TRUE)


def _cells_with_times(line: str) -> list[str]:
    """Return the dimensions, with colons only between closing and opening brackets: times of day have some, too."""
    return re.split(r"(?<=\)):", line)


def _dimensions(cells: list[str], header: _TsHeader, times: set[str]) -> NDArray[np.float32]:
    """Return ``(D, T)``; dimensions that are shorter than the longest end with NaN.

    Raises
    ------
    ValueError
        If a cell is not a number, or there are no values.
    """
    rows = []
    for cell in cells:
        found: Any = cell.strip().rstrip(",").split(",")
        if header.has_times:
            pairs = _PAIR.findall(cell)
            # The times are an axis only if all series share them; two different ones are enough to know.
            if len(times) < 2:
                times.add(";".join(time.strip() for time, _ in pairs))
            found = [value for _, value in pairs]
        rows.append(np.array([value.strip().replace("?", "nan") for value in found], dtype=np.float32))
    if not rows or not max(map(len, rows)):
        raise ValueError("no values")
    series = np.full((len(rows), max(map(len, rows))), np.nan, np.float32)
    for row, numbers in zip(series, rows, strict=True):
        row[: len(numbers)] = numbers
    return series


def _columns(header: _TsHeader, ends: list[str]) -> dict[str, NDArray[Any]]:
    if header.has_target:
        return {"target value": np.array([_number(end) for end in ends], np.float64)}
    if header.has_class:
        # Numbers stay numbers, so that class 10 comes after class 9.
        numbers = np.array([_number(end) for end in ends], np.float64)
        words = np.array(["" if end == "?" else end for end in ends], dtype=object)
        return {"class": numbers if len(numbers) and np.isfinite(numbers).all() else words}
    return {}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _axis(times: set[str], values: list[NDArray[np.float32]], notes: Notes) -> Axis | None:
    """Return the times if all series have the same, as numbers; note that they are left out otherwise."""
    if len(times) == 1 and values:
        numbers = np.array([_number(time) for time in next(iter(times)).split(";")])
        if np.isfinite(numbers).all() and len(numbers) == values[0].shape[1]:
            return Axis("time", "", numbers)
    notes.left_out(
        "time stamps", "they differ between series or are not numbers; values are numbered instead", count=len(values)
    )
    return None

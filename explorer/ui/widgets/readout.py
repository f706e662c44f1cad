"""The table of all runs' values at the cursor's epoch in the curves. No Qt."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from explorer.rendering.drawing import MINUS


@dataclass(frozen=True)
class Row:
    """The values of one run on one split, one per column; None if not defined, NaN if not a number."""

    run: str
    split: str
    values: tuple[float | None, ...]


def readout_html(place: str, columns: Sequence[tuple[str, str]], rows: Sequence[Row]) -> str:
    """Return an HTML table of the values at a place such as "epoch 3"; ``columns`` are names and units."""
    common = most_common_unit(columns)
    # The most common unit is written once below the table.
    named = [name if unit == common else f"{name} ({unit})" if unit else name for name, unit in columns]
    heads = "".join(f"<th align='right'>&nbsp;&nbsp;{escape(name)}</th>" for name in named)
    lines = "".join(_line(row) for row in rows)
    return (
        f"<table cellspacing='0'><tr><th align='left'>{escape(place)}</th>{heads}</tr>{lines}</table>"
        f"<small>{escape(common)}</small>"
    )


def most_common_unit(columns: Sequence[tuple[str, str]]) -> str:
    """Return the most frequent unit."""
    units = [unit for _, unit in columns]
    return max(units, key=units.count, default="")


def number(value: float | None) -> str:
    """Return a loss with about four digits and a typographic minus; a dash if it is not defined."""
    if value is None:
        return "–"
    if not np.isfinite(value):
        return "not a number" if np.isnan(value) else "∞" if value > 0 else f"{MINUS}∞"
    size = abs(value)
    # Fixed decimals by magnitude, so that the columns of a table align.
    digits = 1 if size >= 100 else 2 if size >= 1 else 3
    text = f"{value:.{digits}f}" if size == 0 or 1e-3 <= size < 1e6 else f"{value:.3g}"
    return text.replace("-", MINUS)


def _line(row: Row) -> str:
    cells = "".join(f"<td align='right'>&nbsp;&nbsp;{number(value)}</td>" for value in row.values)
    return f"<tr><td>{escape(row.run)}, {row.split}</td>{cells}</tr>"

"""Positions of the columns and lines of the traversal table, in pixels. No Qt.

1. `fit_columns` divides the width: symbol and name, KL, cells, change. Cells are as large as height and width allow.
   With too many steps for the width, it leaves steps out, as many on each side of the probe.
2. `lay_out` stacks the lines: a head for each section, its rows, the differences below rows that show them, its notes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from explorer.latent.directions.sections import Section

ROOMY, INSET = 640, 8
"""Width from which there are bars beside the numbers; space at the left and the right."""
SYMBOL, MIN_NAME, MAX_NAME, BRIEF_NAME = 34, 104, 190, 66
NUMBER, MIN_BAR, MAX_BAR, GAP = 40, 32, 74, 12
"""Widths of the columns: symbol, name, number, bar, and the gaps between columns."""
USUAL_STRIDE, MAX_STRIDE, MIN_STRIDE = 38, 64, 27
"""Height of a row of pictures with its gap: the usual one in a table that scrolls, and limits."""
OTHER_STRIDE, ASPECT = 66, 1.7
"""The same for samples other than pictures, and the width / height of their cells."""
LOWEST = 0.9
"""Rows are made lower than usual, down to this share, if all of them fit then."""
HEAD, NOTE_GAP, RULE = 24, 4, 9
"""Height of a head; space around notes; space with a line between two sections. All at text scale 1."""

Kind = Literal["head", "row", "difference", "note"]


@dataclass(frozen=True)
class TableColumns:
    """Left edges and widths in pixels.

    Attributes
    ----------
    measured, changed
        Right edges of the numbers of KL, or variance, and of change.
    stride
        Distance from one cell to the next.
    steps
        The shown steps of each row, with the probe in the middle.
    """

    symbol: float
    name: float
    name_width: float
    measure: float
    measure_bar: float
    measured: float
    cells: float
    stride: float
    cell_width: float
    cell_height: float
    steps: tuple[int, ...]
    change: float
    change_bar: float
    changed: float
    right: float
    row_height: float

    def cell_left(self, column: int) -> float:
        """Return the left edge of a cell, by the number of its column."""
        return self.cells + column * self.stride

    @property
    def centre(self) -> int:
        """The column of the probe."""
        return len(self.steps) // 2

    @property
    def cells_right(self) -> float:
        """The right edge of the last cell."""
        return self.cell_left(len(self.steps) - 1) + self.cell_width

    def column_at(self, x: float) -> int | None:
        """Return the column of the cells at an x; None beside them."""
        column = int((x - self.cells) // self.stride)
        inside = 0 <= column < len(self.steps) and x >= self.cells
        return column if inside else None


@dataclass(frozen=True)
class TableLine:
    """A line of the table: ``number`` is that of a row in its section, or of a note; the top is in the contents."""

    kind: Kind
    section: Section
    number: int
    top: float
    height: float


@dataclass(frozen=True)
class Stack:
    """The parts of a section: its keys, those that show differences, and the heights of its notes."""

    section: Section
    keys: tuple[str, ...]
    with_difference: frozenset[str] = frozenset()
    notes: tuple[float, ...] = ()

    @property
    def lines(self) -> int:
        """Number of lines of cells."""
        return len(self.keys) + len(self.with_difference.intersection(self.keys))


def shown_steps(steps: int, fitting: int) -> tuple[int, ...]:
    """Return which steps of a row of ``steps``, odd, are shown where ``fitting`` cells fit: ends and middle always."""
    # Counted from the middle, so that the probe stays in the middle whatever is left out.
    half, shown = steps // 2, max(1, min(steps // 2, (fitting - 1) // 2))
    left = np.linspace(0, half, shown + 1).round().astype(int)
    return tuple(map(int, [*left, *(2 * half - left[-2::-1])]))


def fit_columns(
    width: float, height: float, steps: int, stacks: Sequence[Stack], *, scale: float = 1.0, pictures: bool = True
) -> TableColumns:
    """Return the columns for a table of this size in pixels, with rows of ``steps`` decodes."""
    roomy, inset = width >= ROOMY * scale, INSET * scale
    inner = width - 2 * inset
    # A narrow table has numbers alone: bars beside them would take the room of the decodes.
    bar, name = (MIN_BAR * scale, MIN_NAME * scale) if roomy else (0.0, BRIEF_NAME * scale)
    number, gap, symbol = NUMBER * scale, (GAP if roomy else GAP / 2) * scale, SYMBOL * scale
    least = symbol + name + 2 * (bar + number) + 4 * gap
    aspect, usual, smallest = (1.0, USUAL_STRIDE, MIN_STRIDE) if pictures else (ASPECT, OTHER_STRIDE, OTHER_STRIDE)
    across = max(aspect * smallest * scale, inner - least)
    # At least the two ends and the probe, even if the table is then wider than its room.
    columns = shown_steps(steps, max(3, int(across // (aspect * smallest * scale))))
    stride = min(_stride_of_height(height, stacks, scale, usual), across / len(columns) / aspect)
    space = max(2.0, round(0.08 * stride))
    left_over = max(0.0, inner - least - len(columns) * stride * aspect)
    # Names first, then bars: a cut name is useless, but a short bar still shows its share.
    more_name = min(left_over, (MAX_NAME - MIN_NAME) * scale) if roomy else left_over
    more_bar = min((left_over - more_name) / 2, (MAX_BAR - MIN_BAR) * scale) if roomy else 0.0
    # The remaining width goes to the gaps around the cells, so that the last column ends at the right edge.
    gap += max(0.0, left_over - more_name - 2 * more_bar) / 4
    measure = inset + symbol + name + more_name + gap
    measured = measure + bar + more_bar + number
    change = inset + inner - number - bar - more_bar
    return TableColumns(
        inset, inset + symbol, name + more_name, measure, bar + more_bar, measured, round(measured + gap),
        stride * aspect, stride * aspect - space, stride - space, columns, change, bar + more_bar, inset + inner, width,
        stride,
    )  # fmt: skip


def _stride_of_height(height: float, stacks: Sequence[Stack], scale: float, usual: float) -> float:
    """Return the height of a row with which all rows fit, if that is not too low; else the usual one."""
    lines = sum(stack.lines for stack in stacks)
    others = sum(_without_rows(stack, index, scale) for index, stack in enumerate(stacks))
    # Two pixels less than there are, or rounding would show a scroll bar for a table that fits.
    fitting = (height - others - 2 * scale) / max(1, lines)
    usual *= scale
    return min(fitting, MAX_STRIDE / USUAL_STRIDE * usual) if fitting >= LOWEST * usual else usual


def _without_rows(stack: Stack, index: int, scale: float) -> float:
    notes = sum(stack.notes) + (NOTE_GAP * scale if stack.notes else 0.0)
    return (HEAD + (RULE if index else 0)) * scale + notes


def lay_out(stacks: Sequence[Stack], columns: TableColumns, scale: float = 1.0) -> tuple[TableLine, ...]:
    """Return the lines of all sections from top to bottom."""
    lines: list[TableLine] = []
    top = 0.0
    for index, stack in enumerate(stacks):
        # A rule and its room separate two sections; there is nothing above the first one.
        top += RULE * scale if index else 0.0
        lines.append(TableLine("head", stack.section, 0, top, HEAD * scale))
        top += HEAD * scale
        for number, key in enumerate(stack.keys):
            for kind in ("row", "difference") if key in stack.with_difference else ("row",):
                lines.append(TableLine(kind, stack.section, number, top, columns.row_height))
                top += columns.row_height
        top += NOTE_GAP * scale if stack.notes else 0.0
        for number, height in enumerate(stack.notes):
            lines.append(TableLine("note", stack.section, number, top, height))
            top += height
    return tuple(lines)


def content_height(lines: Sequence[TableLine]) -> float:
    """Return the height of all lines."""
    return lines[-1].top + lines[-1].height if lines else 0.0


def line_at(lines: Sequence[TableLine], y: float) -> TableLine | None:
    """Return the line at a y of the contents, or None."""
    return next((line for line in lines if line.top <= y < line.top + line.height), None)


def rows_in_view(lines: Sequence[TableLine], top: float, bottom: float) -> dict[Section, tuple[int, int]]:
    """Return the first row of each section between two y of the contents, and the number of rows there."""
    found: dict[Section, list[int]] = {}
    for line in lines:
        if line.kind in ("row", "difference") and line.top + line.height > top and line.top < bottom:
            found.setdefault(line.section, []).append(line.number)
    return {section: (min(numbers), max(numbers) - min(numbers) + 1) for section, numbers in found.items()}

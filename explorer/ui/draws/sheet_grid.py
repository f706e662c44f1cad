"""Where the pictures of a sheet are: draws in rows and columns, as large as possible. No Qt widgets."""

import math
from dataclasses import dataclass

from PySide6.QtCore import QRectF

GAP, WITHIN = 6, 3
"""Pixels between two draws, and between a draw and the real sample below it."""
MIN_SIDE, MAX_SIDE = 12, 110
"""Limits of the side of a picture in pixels at text scale 1."""
READABLE = 34
"""Side in pixels at text scale 1 below which draws are rearranged or the sheet scrolls."""
NEARLY = 0.88
"""Minimum share of the largest side for pictures to count as about equally large."""


@dataclass(frozen=True)
class SheetGrid:
    """Positions of ``count`` draws in ``columns``, each picture ``side`` pixels high and ``wide`` wide.

    With ``pairs``, the real sample nearest to a draw is below it.
    """

    count: int
    columns: int
    side: int
    wide: int
    pairs: bool = False

    @property
    def stride(self) -> tuple[int, int]:
        """Distance in pixels from one draw to the next, across and down."""
        return self.wide + GAP, (2 * self.side + WITHIN if self.pairs else self.side) + GAP

    @property
    def height(self) -> int:
        """Height of all rows in pixels."""
        return math.ceil(self.count / self.columns) * self.stride[1] - GAP

    def area(self, number: int, *, real: bool = False) -> QRectF:
        """Return the area of a draw's picture in pixels, or that of the real sample below it."""
        row, column = divmod(number, self.columns)
        across, down = self.stride
        top = row * down + (self.side + WITHIN if real else 0)
        return QRectF(column * across, top, self.wide, self.side)


def sheet_grid(
    count: int, columns: int, width: float, height: float, *, pairs: bool, fixed: bool = False, scale: float = 1.0,
    aspect: float = 1.0,
) -> SheetGrid:  # fmt: skip
    """Return the grid in which draws are as large as possible.

    If the wanted ``columns`` make the pictures too small to read, as in a low tab, the draws are put into as many
    columns as fit; if none fits, the grid is higher than ``height`` and scrolls.

    Parameters
    ----------
    width, height
        The room in pixels.
    fixed
        Whether the columns are kept, because each row is a class.
    scale
        Scale of the text, with which pictures grow.
    aspect
        Width / height of a picture.
    """
    count, columns = max(1, count), max(1, min(columns, count))
    readable = READABLE * scale
    wanted = _grid(count, columns, width, height, pairs=pairs, scale=scale, aspect=aspect)
    if wanted.side >= readable:
        return wanted
    if not fixed:
        grids = [
            _grid(count, other, width, height, pairs=pairs, scale=scale, aspect=aspect) for other in range(1, count + 1)
        ]
        most = max(grid.side for grid in grids)
        # Prefer slightly smaller pictures to a scroll bar.
        if most >= min(0.6 * readable, readable):
            # Among grids with pictures of about equal size, prefer one whose last row is full.
            large = [grid for grid in grids if grid.side >= NEARLY * most]
            return min(large, key=lambda grid: (-count % grid.columns, -grid.side))
    return _grid(count, columns, width, math.inf, pairs=pairs, scale=scale, aspect=aspect, most=readable)


def _grid(
    count: int, columns: int, width: float, height: float, *, pairs: bool, scale: float, aspect: float,
    most: float = math.inf,
) -> SheetGrid:  # fmt: skip
    rows = math.ceil(count / columns)
    across = ((width + GAP) / columns - GAP) / aspect
    # The last row has no gap below it.
    down = (height + GAP) / rows - GAP
    side = int(max(MIN_SIDE, min(across, (down - WITHIN) / 2 if pairs else down, MAX_SIDE * scale, most)))
    return SheetGrid(count, columns, side, max(1, int(aspect * side)), pairs)

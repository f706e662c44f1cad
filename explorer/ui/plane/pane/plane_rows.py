"""Chooses the number of rows that makes the planes largest. No Qt."""

from math import ceil

HEAD_AND_AXIS, AXIS = 78, 74
"""Height and width of a pane outside its plot, in pixels at scale 1."""
ONE_ROW_GAIN = 1.3
"""Factor by which planes must become larger for one row to replace two."""


def rows_for(count: int, width: float, height: float, scale: float = 1.0) -> int:
    """Return the number of rows for ``count`` panes in an area in pixels: one for up to two panes, else two.

    In a wide and low area, where two rows leave too little height, all panes form one row.
    """
    if count <= 2:
        return 1
    two, one = (_plane_side(count, rows, width, height, scale) for rows in (2, 1))
    return 1 if one > ONE_ROW_GAIN * max(two, 1.0) else 2


def row_lengths(count: int, rows: int) -> list[int]:
    """Return the number of panes in each row; upper rows are filled first."""
    per_row = ceil(count / max(rows, 1))
    return [min(per_row, count - start) for start in range(0, count, max(per_row, 1))]


def _plane_side(count: int, rows: int, width: float, height: float, scale: float) -> float:
    """Return the shorter side of the narrowest plane, in pixels."""
    return min(width / ceil(count / rows) - AXIS * scale, height / rows - HEAD_AND_AXIS * scale)

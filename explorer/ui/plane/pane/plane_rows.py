"""In how many rows planes stand, so that each is as large as it can be. No Qt."""

from math import ceil

HEAD_AND_AXIS, AXIS = 78, 74
"""Pixels at scale 1 of a pane that are not its plane: above and below it, and beside it."""
ONE_ROW_GAIN = 1.3
"""Two rows are broken for one only where planes become larger by this factor."""


def rows_for(count: int, width: float, height: float, scale: float = 1.0) -> int:
    """Return the number of rows for so many panes in an area of pixels: up to two stand side by side, more in two rows.

    A wide and low area, where two rows leave too little height, has all in one.
    """
    if count <= 2:
        return 1
    two, one = (_plane_side(count, rows, width, height, scale) for rows in (2, 1))
    return 1 if one > ONE_ROW_GAIN * max(two, 1.0) else 2


def row_lengths(count: int, rows: int) -> list[int]:
    """Return how many panes stand in each row, the upper ones filled first."""
    per_row = ceil(count / max(rows, 1))
    return [min(per_row, count - start) for start in range(0, count, max(per_row, 1))]


def _plane_side(count: int, rows: int, width: float, height: float, scale: float) -> float:
    """Return the shorter side of the narrowest plane."""
    return min(width / ceil(count / rows) - AXIS * scale, height / rows - HEAD_AND_AXIS * scale)

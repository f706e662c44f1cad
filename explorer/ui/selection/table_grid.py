"""Where the pictures of the table of samples are: columns of samples, in as many lines as fit. No Qt."""

from dataclasses import dataclass

GAP, ROW_GAP, LABEL_GAP = 6.0, 4.0, 4.0
"""Pixels between columns, between rows, and below the labels."""
LINE_GAP = 8.0
"""Pixels between two lines of samples."""
MIN_EMS, USUAL_EMS, MAX_EMS = 2.2, 4.0, 6.0
"""Minimum side of a picture, side above which another line is begun, and maximum side, in text heights."""


@dataclass(frozen=True)
class Grid:
    """The positions of the pictures.

    Attributes
    ----------
    errors
        For each row of pictures, whether a line of text is below it.
    em, left, side
        Height of a line of text, width of the rows' names, and side of a picture, in pixels.
    columns, lines
        Number of samples in a line, and number of lines.
    """

    errors: tuple[bool, ...]
    em: float
    left: float
    side: float
    columns: int
    lines: int

    @property
    def capacity(self) -> int:
        """Number of samples that fit."""
        return self.columns * self.lines

    @property
    def line_height(self) -> float:
        """Height of a line of samples with its labels, in pixels."""
        return _line_height(self.side, self.em, self.errors)

    def size(self, count: int) -> tuple[float, float]:
        """Return the width and height of the first ``count`` samples, in pixels."""
        lines = -(-count // self.columns)
        width = self.left + min(count, self.columns) * (self.side + GAP)
        return width, max(0.0, lines * (self.line_height + LINE_GAP) - LINE_GAP)

    def corner(self, index: int, row: int = -1) -> tuple[float, float]:
        """Return the upper left corner of a picture of sample ``index`` in pixels; row -1 is its label."""
        line, column = divmod(index, self.columns)
        return self.left + column * (self.side + GAP), self.top(line) + self.row_top(row)

    def top(self, line: int) -> float:
        """Return the upper edge of a line of samples, in pixels."""
        return line * (self.line_height + LINE_GAP)

    def row_top(self, row: int) -> float:
        """Return the distance from the top of a line to a row of pictures, in pixels; row -1 is the labels."""
        if row < 0:
            return 0.0
        above = self.errors[:row]
        return self.em + LABEL_GAP + len(above) * (self.side + ROW_GAP) + self.em * sum(above)

    def index_at(self, x: float, y: float, count: int) -> int | None:
        """Return the index of the sample at a position in pixels; None if there is none."""
        column, line = int((x - self.left) // (self.side + GAP)), int(y // (self.line_height + LINE_GAP))
        index = line * self.columns + column
        return index if x >= self.left and 0 <= column < self.columns and 0 <= index < count else None


def fit_grid(
    room: tuple[float, float], count: int, errors: tuple[bool, ...], em: float, left: float
) -> Grid:  # fmt: skip
    """Return the grid that shows as many of ``count`` samples as fit into ``room`` (width and height in pixels)."""
    # One line of large pictures for a few samples, else lines of pictures of the usual size or larger.
    single = _grid(room, 1, errors, em, left)
    usual = int((room[1] + LINE_GAP) // (_line_height(USUAL_EMS * em, em, errors) + LINE_GAP))
    if count <= single.columns or usual <= 1:
        return single
    return _grid(room, usual, errors, em, left)


def _grid(room: tuple[float, float], lines: int, errors: tuple[bool, ...], em: float, left: float) -> Grid:
    text = _line_height(0.0, em, errors)
    free = (room[1] - (lines - 1) * LINE_GAP) / lines - text
    # Rounded down, because pictures at fractional pixels are blurred.
    side = float(int(min(max(free / max(1, len(errors)), MIN_EMS * em), MAX_EMS * em)))
    columns = max(1, int((room[0] - left) // (side + GAP)))
    return Grid(errors, em, left, side, columns, lines)


def _line_height(side: float, em: float, errors: tuple[bool, ...]) -> float:
    return em + LABEL_GAP + len(errors) * (side + ROW_GAP) + em * sum(errors)

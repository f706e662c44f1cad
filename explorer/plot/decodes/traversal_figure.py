"""Traversals as a figure: a row of decodes for each direction, with its name, KL or variance, and change.

The units of the axes are pixels at 100 per inch, from the upper left corner.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.export.traversal_table import direction_name
from explorer.latent.directions.sections import Section
from explorer.latent.directions.traversal import TraversalRow, differences
from explorer.latent.directions.traversal_answer import TraversalAnswer
from explorer.latent.steps import Absent
from explorer.plot.decodes.paper import LINE, Paper, new_paper
from explorer.plot.samples import canvas_of
from explorer.rendering.differences import ON_DARK, ON_LIGHT, description_of_differences, draw_difference
from explorer.rendering.drawing import Canvas, Drawing
from explorer.rendering.render import draw

TITLES: dict[Section, str] = {
    "dimensions": "Latent dimensions",
    "principal": "Principal directions",
    "local": "Local principal directions",
    "vectors": "Attribute vectors",
}
PICTURE, OTHER = 46, 120
"""Default width and height of a cell in pixels, for pictures and for other samples."""
MARGIN, GAP, SYMBOL, NAME, BAR, NUMBER = 16, 4, 44, 176, 56, 70
"""Widths in pixels: of margins, of gaps between cells, and of the columns."""
MEASURE = MARGIN + SYMBOL + NAME
CELLS = MEASURE + BAR + NUMBER
"""Left edges of the column of KL or variance, and of the cells."""


@dataclass(frozen=True)
class _TraversalGrid:
    """The paper of a traversal, with the side of a cell and the number of steps of all rows."""

    paper: Paper
    side: int
    steps: int

    @property
    def change(self) -> float:
        """Left edge of the column of changes."""
        return CELLS + self.steps * (self.side + GAP) + 2 * GAP

    @property
    def centre(self) -> float:
        """Left edge of the cells of the probe."""
        return CELLS + self.steps // 2 * (self.side + GAP)

    @property
    def canvas(self) -> Canvas:
        """Canvas of a cell."""
        return canvas_of(self.side, self.side, self.paper.text_pixels)

    def place(self, drawing: Drawing, step: int, top: float) -> None:
        """Put a drawing in the cell of a step."""
        # Above the frame around the cells of the probe.
        self.paper.place(drawing, CELLS + step * (self.side + GAP), top, self.side, zorder=3)


def new_traversal(
    answers: Sequence[TraversalAnswer],
    description: Description,
    title: str,
    *,
    names: Mapping[int, str] | None = None,
    difference: bool = False,
    side: int = 0,
    dark: bool = False,
) -> Figure:
    """Return a figure of the sections of a traversal, one below the other.

    Parameters
    ----------
    answers
        At least one section with rows.
    names
        Names of latent dimensions by their index.
    difference
        Whether each row has a second line, with the decodes minus that of the probe.
    side
        Width and height of a cell in pixels; 0 for the usual one.
    """
    side = side or (PICTURE if description.kind == "image" else OTHER)
    steps = len(answers[0].rows[0].codes)
    width = CELLS + steps * (side + GAP) + 2 * GAP + BAR + NUMBER + MARGIN
    high = (side + GAP) * (2 if difference else 1)
    heights = [(2 + len(answer.notes)) * LINE + len(answer.rows) * high + MARGIN for answer in answers]
    height = MARGIN + 1.5 * LINE + sum(heights)
    paper = new_paper(width, height, description, dark=dark)
    # The numbers of a code of many dimensions are too long.
    paper.write(MARGIN, MARGIN + LINE / 2, paper.fitted(title, width - 3 * MARGIN), weight="bold")
    rows = _TraversalGrid(paper, side, steps)
    top = MARGIN + 1.5 * LINE
    for answer, section_height in zip(answers, heights, strict=True):
        _draw_section(rows, answer, names or {}, top, high)
        top += section_height
    return paper.figure


def _draw_section(
    rows: _TraversalGrid, answer: TraversalAnswer, names: Mapping[int, str], top: float, high: float
) -> None:
    _write_head(rows, answer, top + LINE / 2)
    _mark_probe(rows, top, LINE + GAP + len(answer.rows) * high)
    measures = [answer.measure_of(row) for row in answer.rows]
    changes = [None if isinstance(row.change, Absent) else row.change.value for row in answer.rows]
    first = top + LINE + GAP
    for number, row in enumerate(answer.rows):
        middle = first + number * high + rows.side / 2
        _write_name(rows, row, names, middle)
        digits = "{:.0%}" if answer.measured == "variance" else "{:.2f}"
        _draw_bar(rows, MEASURE, middle, measures[number], measures, digits, rows.paper.style.theme.accent)
        _draw_bar(rows, rows.change, middle, changes[number], changes, "{:.3g}", rows.paper.style.theme.muted)
        _draw_row(rows, row.decodes, rows.paper.description, first + number * high)
        if high > rows.side + GAP:
            _draw_differences(rows, row, first + number * high + rows.side + GAP)
    below = first + len(answer.rows) * high + LINE / 2
    for number, note in enumerate(answer.notes):
        rows.paper.write(MARGIN, below + number * LINE, note, muted=True)


def _write_head(rows: _TraversalGrid, answer: TraversalAnswer, y: float) -> None:
    last = CELLS + rows.steps * (rows.side + GAP) - GAP
    rows.paper.write(MARGIN, y, TITLES[answer.section], weight="bold")
    rows.paper.write(CELLS - 2 * GAP, y, answer.measure_title, muted=True, ha="right")
    rows.paper.write(CELLS, y, answer.ends[0], muted=True)
    rows.paper.write(last, y, answer.ends[1], muted=True, ha="right")
    rows.paper.write(rows.centre + rows.side / 2, y, "probe", color=rows.paper.style.theme.accent_ink, ha="center")
    # The full unit does not fit into a column; the notes of the text and the arrays contain it.
    rows.paper.write(rows.change + BAR + NUMBER - 2 * GAP, y, "change, L2", muted=True, ha="right")


def _mark_probe(rows: _TraversalGrid, top: float, height: float) -> None:
    theme = rows.paper.style.theme
    corner = (rows.centre - GAP / 2, top)
    frame = Rectangle(
        corner, rows.side + GAP, height, facecolor=theme.accent_quiet, edgecolor=theme.accent, zorder=1,
        linewidth=rows.paper.style.points(1.2),
    )  # fmt: skip
    rows.paper.axes.add_artist(frame)


def _write_name(rows: _TraversalGrid, row: TraversalRow, names: Mapping[int, str], middle: float) -> None:
    direction, name = row.direction, direction_name(row.direction, names)
    factor = "" if direction.factor is None else direction.factor.words
    lines = [text for text in (name, factor) if text]
    rows.paper.write(MARGIN, middle, direction.symbol, weight="bold")
    for number, text in enumerate(lines):
        y = middle + (number - (len(lines) - 1) / 2) * 0.75 * LINE
        rows.paper.write(
            MARGIN + SYMBOL, y, rows.paper.fitted(text, NAME - 2 * GAP), muted=text in (factor, direction.words)
        )


def _draw_bar(
    rows: _TraversalGrid,
    left: float,
    middle: float,
    value: float | None,
    values: Sequence[float | None],
    digits: str,
    ink: str,
) -> None:
    """Draw a value as a bar, as a share of the largest, and as a number at its right."""
    if value is None:
        return
    largest = max((one for one in values if one is not None), default=0.0)
    share = value / largest if largest > 0 else 0.0
    # The track behind the bar has the length of the largest value.
    for length, colour in ((1.0, rows.paper.style.theme.hover), (max(0.0, share), ink)):
        bar = Rectangle((left, middle - 2), BAR * length, 4, facecolor=colour, linewidth=0, zorder=2)
        rows.paper.axes.add_artist(bar)
    rows.paper.write(left + BAR + NUMBER - 2 * GAP, middle, digits.format(value).replace("%", " %"), ha="right")


def _draw_row(rows: _TraversalGrid, samples: NDArray[Any], description: Description, top: float) -> None:
    canvas = rows.canvas
    for step, sample in enumerate(samples):
        rows.place(draw(sample, description, canvas), step, top)


def _draw_differences(rows: _TraversalGrid, row: TraversalRow, top: float) -> None:
    values, middle = differences(row.decodes, rows.paper.description), top + rows.side / 2
    rows.paper.write(MARGIN + SYMBOL, middle, "minus the probe", muted=True)
    # Only pictures have two colours for more and less; other kinds are drawn with signed values.
    if rows.paper.description.kind != "image":
        _draw_row(rows, values, description_of_differences(rows.paper.description), top)
        return
    colours = ON_DARK if rows.paper.style.theme.dark else ON_LIGHT
    for step, value in enumerate(values):
        rows.place(draw_difference(value, rows.canvas, colours), step, top)
    for number, (word, colour) in enumerate((("brighter", colours.high), ("darker", colours.low))):
        y = middle + (number - 0.5) * 0.75 * LINE
        ink = np.array(colour) / 255
        rows.paper.axes.add_artist(Rectangle((rows.change, y - 5), 10, 10, facecolor=ink, linewidth=0, zorder=2))
        rows.paper.write(rows.change + 16, y, word, muted=True)

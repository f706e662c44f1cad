"""Sheets: samples and decodes side by side, each with a caption, as a figure.

The units of the axes are pixels at 100 per inch, from the upper left corner. On a figure of its own, the pixels of
pictures are unchanged or enlarged by a whole factor.
"""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.export.pictures import GAP
from explorer.latent.codes.draws import Draws
from explorer.latent.metrics.decoder.restoration import RestoredSample
from explorer.latent.plane.box import Box
from explorer.models.linear_parts import LinearParts
from explorer.plot.figures import TEXT_PIXELS, PlotStyle, add_axes, new_figure, pixels_per_unit, style_for, write
from explorer.plot.samples import canvas_of, draw_drawing
from explorer.rendering.differences import (
    DIFFERENCE_RANGE,
    ON_DARK,
    ON_LIGHT,
    difference_in_units,
    draw_difference,
    drawn_as_sample,
    with_ratio,
)
from explorer.rendering.drawing import DARK, LIGHT, Drawing
from explorer.rendering.render import draw

MARGIN = 8
"""Margin of a drawing in pixels; pictures have none."""
MAX_COLUMNS = 10
CAPTION, MIN_CAPTION = 1.5, 5.0
"""Height of a caption in heights of text; its minimum font size in typographic points."""
BOLD_LETTER = 0.66
"""Width of a bold letter in heights of text, so that titles wrap within the pictures of their run."""


Samples = NDArray[Any] | Sequence[NDArray[Any]]
"""Samples or decodes in data units, ``(n, *shape)``."""


@dataclass(frozen=True, eq=False)
class DrawingSheet:
    """Drawings in rows, each at most ``side`` × ``side`` pixels.

    ``captions`` has one line per drawing or is empty. A drawing of None leaves its cell free. ``titles`` are written
    above the first row, each from the left of its column.
    """

    drawings: tuple[Drawing | None, ...]
    captions: tuple[str, ...]
    columns: int
    side: int
    margin: int = 0
    gap: int = GAP
    titles: tuple[tuple[int, str], ...] = ()

    @property
    def rows(self) -> int:
        """Number of rows."""
        return math.ceil(len(self.drawings) / self.columns)

    @property
    def cell(self) -> tuple[float, float]:
        """Width and height of a cell in pixels: those of the largest drawing with its margin."""
        known = [drawing for drawing in self.drawings if drawing is not None]
        # Whole pixels, as a picture between two pixels would be blurred.
        sizes = np.array([(round(one.width), round(one.height)) for one in known])
        width, height = np.maximum(sizes.max(axis=0), 1) + 2 * self.margin
        return float(width), float(height)

    @property
    def foot(self) -> float:
        """Height of a caption in pixels."""
        return round(CAPTION * TEXT_PIXELS) if self.captions else 0

    @property
    def head(self) -> float:
        """Height of the titles in pixels."""
        lines = max((title.count("\n") + 1 for _, title in self.titles), default=0)
        return round(lines * CAPTION * TEXT_PIXELS)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the sheet in pixels."""
        (width, height), gap = self.cell, self.gap
        # A gap on both sides and between columns.
        return self.columns * (width + gap) + gap, self.head + self.rows * (height + self.foot + gap) + gap

    def corner(self, index: int) -> tuple[float, float]:
        """Return the upper left corner of a cell, in pixels."""
        row, column = divmod(index, self.columns)
        (width, height), gap = self.cell, self.gap
        return gap + column * (width + gap), gap + self.head + row * (height + self.foot + gap)


def new_sheet(sheet: DrawingSheet, *, dark: bool = False) -> Figure:
    """Return a figure of the size of a sheet."""
    style = style_for(640, dark=dark)
    figure = new_figure(*sheet.size, style)
    draw_sheet(add_axes(figure, 0, 0, *sheet.size, style), sheet, style)
    return figure


def draw_sheet(axes: Axes, sheet: DrawingSheet, style: PlotStyle) -> None:
    """Draw a sheet on axes; their frame and ticks are removed."""
    width, height = sheet.size
    axes.set(xlim=(0, width), ylim=(height, 0), autoscale_on=False)
    axes.set_aspect("equal")
    axes.set_axis_off()
    # 1 on a figure of its own; axes of the caller may be smaller or larger.
    scale = pixels_per_unit(axes)[0]
    wide, high = sheet.cell
    for index, drawing in enumerate(sheet.drawings):
        if drawing is None:
            continue
        (left, top), across, up = sheet.corner(index), max(1, round(drawing.width)), max(1, round(drawing.height))
        # In the middle above its caption, by whole pixels, which keep pictures sharp.
        left, top = left + (wide - across) // 2, top + (high - up) // 2
        box = Box(left, left + across, top + up, top)  # y points down
        draw_drawing(axes, drawing, box, style, text_pixels=scale * TEXT_PIXELS)
    for index, caption in enumerate(sheet.captions):
        left, top = sheet.corner(index)
        middle = (left + wide / 2, top + high + sheet.foot / 2)
        size = max(MIN_CAPTION, scale * style.text)
        write(axes, *middle, caption, style, color=style.theme.text, fontsize=size, ha="center", va="center")
    for column, title in sheet.titles:
        corner = (sheet.corner(column)[0], (sheet.gap + sheet.head) / 2)
        size = max(MIN_CAPTION, scale * style.text)
        write(axes, *corner, title, style, color=style.theme.text, fontsize=size, ha="left", va="center", weight="bold")


def sheet_of(
    samples: Samples,
    description: Description,
    side: int,
    *,
    captions: Sequence[str] = (),
    columns: int = 0,
) -> DrawingSheet:
    """Return a sheet of samples or decodes, each at most ``side`` × ``side`` pixels.

    Parameters
    ----------
    samples
        Array ``(n, *description.shape)``, in data units.
    columns
        Columns of the sheet; 0 for about as many columns as rows.
    """
    margin = margin_of(description)
    drawings = tuple(_draw(sample, description, side) for sample in samples)
    return DrawingSheet(drawings, tuple(captions), columns or math.ceil(math.sqrt(len(drawings))), side, margin)


def path_sheet(decodes: Samples, description: Description, side: int) -> DrawingSheet:
    """Return a sheet of the decodes of a path in one row, each with its t from 0 to 1."""
    captions = [f"t = {t:.2f}" for t in np.linspace(0, 1, len(decodes))]
    return sheet_of(decodes, description, side, captions=captions, columns=len(decodes))


def draws_sheet(
    runs: Sequence[tuple[str, Draws, Description]], side: int, *, columns: int = 0, captions: Sequence[str] = ()
) -> DrawingSheet:
    """Return the draws of runs side by side, with the nearest real sample below each.

    Parameters
    ----------
    runs
        The title, the draws and the description of the samples of each run.
    columns
        Columns of each run; 0 for about as many columns as rows.
    captions
        One line below each draw; by default its number.
    """
    across = [columns or math.ceil(math.sqrt(len(draws.z))) for _, draws, _ in runs]
    down = max(math.ceil(len(draws.z) / columns) for (_, draws, _), columns in zip(runs, across, strict=True))
    blocks, titles, start = [], [], 0
    for (title, draws, description), columns in zip(runs, across, strict=True):
        blocks.append(_pairs(draws, description, columns, down, side, captions))
        room = columns * (side + 2 * margin_of(description) + GAP)
        titles.append((start, textwrap.fill(title, max(8, int(room / (BOLD_LETTER * TEXT_PIXELS))))))
        start += columns + 1  # a free column between two runs
    lines = [list(parts) for parts in zip(*blocks, strict=True)]
    free: list[tuple[Drawing | None, str]] = [(None, "")]
    cells = [cell for line in lines for part in line for cell in (*part, *free)]
    # The last free column is outside the sheet.
    columns = start - 1
    cells = [cell for index, cell in enumerate(cells) if index % start < columns]
    drawings, captions = zip(*cells, strict=True)
    # Runs with other kinds of data share one grid, so the widest margin is that of all.
    margin = max(margin_of(description) for _, _, description in runs)
    return DrawingSheet(drawings, captions, columns, side, margin, titles=tuple(titles))


def _pairs(
    draws: Draws, description: Description, columns: int, down: int, side: int, captions: Sequence[str]
) -> list[list[tuple[Drawing | None, str]]]:
    """Return ``down`` pairs of rows: cells of draws, and cells of the nearest real samples."""
    count = len(draws.z)
    rows: list[list[tuple[Drawing | None, str]]] = []
    for first in range(0, down * columns, columns):
        numbers = range(first, first + columns)
        known = [number if number < count else None for number in numbers]
        named = [captions[one] if one is not None and captions else "" for one in known]
        rows.append(
            [_cell(draws.decodes, one, description, side, name) for one, name in zip(known, named, strict=True)]
        )
        rows.append([_cell(draws.real, one, description, side, "nearest") for one in known])
    return rows


def _cell(
    samples: NDArray[Any] | None, number: int | None, description: Description, side: int, caption: str
) -> tuple[Drawing | None, str]:
    if samples is None or number is None:
        return None, ""
    return _draw(samples[number], description, side), caption or f"draw {number + 1}"


def restoration_sheet(
    restored: RestoredSample, description: Description, side: int, *, dark: bool = False
) -> DrawingSheet:
    """Return a sheet of one row: a sample, the corrupted sample, its reconstruction, and the difference."""
    values = (restored.clean, restored.corrupted, restored.restored)
    drawings = [_draw(one, description, side) for one in values]
    if description.kind == "image":
        canvas = canvas_of(side, side, TEXT_PIXELS, whole_factors=True)
        drawings.append(draw_difference(restored.difference, canvas, ON_DARK if dark else ON_LIGHT))
    else:
        drawings.append(_draw(*difference_in_units(restored, description), side))
    captions = (
        "sample",
        with_ratio("corrupted", restored.psnr_corrupted),
        with_ratio("restored", restored.psnr_restored),
        f"difference {DIFFERENCE_RANGE}" if description.kind == "image" else "difference",
    )
    return DrawingSheet(tuple(drawings), captions, len(drawings), side, margin_of(description))


def component_sheet(parts: LinearParts, description: Description, side: int, *, dark: bool = False) -> DrawingSheet:
    """Return a sheet of the directions of a linear model, each with its share of the explained variance.

    For a model trained by gradient descent, the columns of the decoder come first, in rows of up to `MAX_COLUMNS`, then
    the directions of PCA.
    """
    shares, ground = parts.explained_variance_ratio, (DARK if dark else LIGHT).ground
    best = [f"{index + 1}: {shares[index]:.1%}" for index in range(len(parts.components))]
    blocks: list[tuple[NDArray[Any], list[str]]] = [(parts.components, best)]
    if parts.reference is not None:
        columns = [f"column {index + 1}" for index in range(len(parts.components))]
        blocks = [(parts.components, columns), (parts.reference, [f"PCA {name}" for name in best])]
    across = min(MAX_COLUMNS, len(parts.components))
    drawings: list[Drawing | None] = []
    captions: list[str] = []
    for directions, names in blocks:
        drawings += [_draw(*drawn_as_sample(direction, description, ground), side) for direction in directions]
        # Fill the last row of a block, so that the next block starts a new row.
        free = -len(directions) % across
        drawings += [None] * free
        captions += [*names, *[""] * free]
    return DrawingSheet(tuple(drawings), tuple(captions), across, side, margin_of(description))


def _draw(sample: NDArray[Any], description: Description, side: int) -> Drawing:
    room = max(1, side - 2 * margin_of(description))
    return draw(sample, description, canvas_of(room, room, TEXT_PIXELS, whole_factors=True))


def margin_of(description: Description) -> int:
    """Return the margin around each sample in pixels: 0 for pictures, which have an edge of their own."""
    return 0 if description.kind == "image" else MARGIN

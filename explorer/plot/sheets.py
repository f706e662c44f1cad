"""Sheets: samples and decodes side by side, each with a caption, as a figure.

The axes of a sheet are counted in pixels at 100 to the inch, from the upper left corner. On a figure of its own the
pixels of pictures stay as they are, or become squares of a whole number of pixels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.export.pictures import GAP
from explorer.latent.metrics.decoder.restored_sample import RestoredSample
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
    with_ratio,
)
from explorer.rendering.directions import drawn_as_sample
from explorer.rendering.drawing import Drawing
from explorer.rendering.render import draw
from explorer.rendering.style import DARK, LIGHT

MARGIN = 8
"""Pixels around a drawing; a picture has none."""
MAX_COLUMNS = 10
CAPTION, MIN_CAPTION = 1.5, 5.0
"""Height of a caption, in heights of text; its smallest size in typographic points."""


Samples = NDArray[Any] | Sequence[NDArray[Any]]
"""Samples or decodes in their own units, ``(n, *shape)``."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """Drawings in rows, each in a square of ``side`` pixels at most.

    ``captions`` has a line for each, or is empty; a drawing of None leaves its square free.
    """

    drawings: tuple[Drawing | None, ...]
    captions: tuple[str, ...]
    columns: int
    side: int
    margin: int = 0
    gap: int = GAP

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return math.ceil(len(self.drawings) / self.columns)

    @property
    def cell(self) -> tuple[float, float]:
        """Width and height of the largest drawing with its margin, in pixels."""
        known = [drawing for drawing in self.drawings if drawing is not None]
        sizes = np.array([(round(one.width), round(one.height)) for one in known])
        width, height = np.maximum(sizes.max(axis=0), 1) + 2 * self.margin
        return float(width), float(height)

    @property
    def foot(self) -> float:
        """Height of a caption in pixels."""
        return round(CAPTION * TEXT_PIXELS) if self.captions else 0

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the whole in pixels."""
        (width, height), gap = self.cell, self.gap
        return self.columns * (width + gap) + gap, self.rows * (height + self.foot + gap) + gap

    def corner(self, index: int) -> tuple[float, float]:
        """Return the upper left corner of a cell, in pixels."""
        row, column = divmod(index, self.columns)
        (width, height), gap = self.cell, self.gap
        return gap + column * (width + gap), gap + row * (height + self.foot + gap)


def new_sheet(sheet: Sheet, *, dark: bool = False) -> Figure:
    """Return a figure as large as a sheet."""
    style = style_for(640, dark=dark)
    figure = new_figure(*sheet.size, style)
    draw_sheet(add_axes(figure, 0, 0, *sheet.size, style), sheet, style)
    return figure


def draw_sheet(axes: Axes, sheet: Sheet, style: PlotStyle) -> None:
    """Draw a sheet on axes, which lose their frame and numbers."""
    width, height = sheet.size
    axes.set(xlim=(0, width), ylim=(height, 0), autoscale_on=False)
    axes.set_aspect("equal")
    axes.set_axis_off()
    scale = pixels_per_unit(axes)[0]  # of axes that somebody else made
    for index, drawing in enumerate(sheet.drawings):
        if drawing is None:
            continue
        (left, top), across, up = sheet.corner(index), max(1, round(drawing.width)), max(1, round(drawing.height))
        left, top = left + sheet.margin, top + sheet.margin
        box = Box(left, left + across, top + up, top)  # y is counted downwards
        draw_drawing(axes, drawing, box, style, text_pixels=scale * TEXT_PIXELS)
    wide, high = sheet.cell
    for index, caption in enumerate(sheet.captions):
        left, top = sheet.corner(index)
        middle = (left + wide / 2, top + high + sheet.foot / 2)
        size = max(MIN_CAPTION, scale * style.text)
        write(axes, *middle, caption, style, color=style.theme.text, fontsize=size, ha="center", va="center")


def sheet_of(
    samples: Samples,
    description: Description,
    side: int,
    *,
    captions: Sequence[str] = (),
    columns: int = 0,
) -> Sheet:
    """Lay samples or decodes out, each on at most ``side`` × ``side`` pixels.

    Parameters
    ----------
    samples
        ``(n, *description.shape)``, in the samples' own units.
    columns
        Of the sheet; 0 makes it about as wide as high.
    """
    margin = _margin(description)
    drawings = tuple(_draw(sample, description, side) for sample in samples)
    return Sheet(drawings, tuple(captions), columns or math.ceil(math.sqrt(len(drawings))), side, margin)


def path_sheet(decodes: Samples, description: Description, side: int) -> Sheet:
    """Lay the decodes of a path out in one row, each with its t from 0 to 1."""
    captions = [f"t = {t:.2f}" for t in np.linspace(0, 1, len(decodes))]
    return sheet_of(decodes, description, side, captions=captions, columns=len(decodes))


def restoration_sheet(restored: RestoredSample, description: Description, side: int, *, dark: bool = False) -> Sheet:
    """Lay a sample, what corruption makes of it, what the model makes of that, and the difference out in one row."""
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
    return Sheet(tuple(drawings), captions, len(drawings), side, _margin(description))


def component_sheet(parts: LinearParts, description: Description, side: int, *, dark: bool = False) -> Sheet:
    """Lay a linear model's directions out, each with its name and what it explains.

    Of a model that was trained by gradient the decoder's columns come first, in rows of up to `MAX_COLUMNS`, then
    PCA's directions.
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
        free = -len(directions) % across
        drawings += [None] * free
        captions += [*names, *[""] * free]
    return Sheet(tuple(drawings), tuple(captions), across, side, _margin(description))


def _draw(sample: NDArray[Any], description: Description, side: int) -> Drawing:
    room = max(1, side - 2 * _margin(description))
    return draw(sample, description, canvas_of(room, room, TEXT_PIXELS, whole_factors=True))


def _margin(description: Description) -> int:
    return 0 if description.kind == "image" else MARGIN

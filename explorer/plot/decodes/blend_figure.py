"""Figures of blends: the pins above the blend, its average and its nearest sample; grids of blends; counterfactuals."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.export.pictures import GAP
from explorer.latent.blends.blend import BlendComparison
from explorer.latent.blends.blend_text import comparison_lines
from explorer.latent.counterfactuals.counterfactual import Counterfactual
from explorer.latent.counterfactuals.counterfactual_text import class_text
from explorer.latent.plane.box import Box
from explorer.latent.plane.cursor_marks import waypoint_name
from explorer.latent.steps import Absent
from explorer.plot.decodes.paper import STYLE_SIDE, pixel_axes
from explorer.plot.decodes.sheets import BOLD_LETTER, DrawingSheet, draw_sheet, sheet_of
from explorer.plot.figures import TEXT_PIXELS, PlotStyle, add_axes, new_figure, style_for, write
from explorer.plot.samples import canvas_of, draw_in_cell
from explorer.rendering.drawing import cut

LINE = 20
"""Height of a line of text below the pictures, in pixels."""


@dataclass(frozen=True, eq=False)
class PinPicture:
    """A pin: its name, such as "sample 390", its weight, and the sample or decode ``(*shape)`` in its own units."""

    name: str
    weight: float
    values: NDArray[Any]


def new_blend(
    pins: Sequence[PinPicture],
    decode: NDArray[Any],
    comparison: BlendComparison,
    description: Description,
    side: int,
    *,
    dark: bool = False,
) -> Figure:
    """Return a figure of a blend with its pins above it and the comparison beside it.

    ``decode`` is ``(*shape)`` in the samples' own units, and is drawn ``side`` pixels wide.
    """
    style = style_for(STYLE_SIDE, dark=dark)
    above = sheet_of(
        [pin.values for pin in pins],
        description,
        # Pins are known already, so half the size is enough and leaves more room for the blend.
        max(16, side // 2),
        captions=[f"{waypoint_name(index)} {pin.weight:.2f}" for index, pin in enumerate(pins)],
        columns=len(pins),
    )
    shown = _results(decode, comparison, description)
    below = sheet_of(
        [values for _, values in shown], description, side, captions=[name for name, _ in shown], columns=len(shown)
    )
    lines = [_pins_text(pins)]
    lines += [f"{name}: {value}" for name, value in comparison_lines(comparison, description)]
    # At least as wide as most lines of the text.
    width = max(above.size[0], below.size[0], 360)
    height = above.size[1] + below.size[1] + LINE * (len(lines) + 1)
    figure = new_figure(width, height, style)
    _add_sheet(figure, above, 0, style)
    _add_sheet(figure, below, above.size[1], style)
    _add_lines(figure, lines, above.size[1] + below.size[1], width, style)
    return figure


def new_blend_grid(
    decodes: NDArray[Any],
    weights: NDArray[np.float64],
    names: Sequence[str],
    description: Description,
    side: int,
    *,
    dark: bool = False,
) -> Figure:
    """Return a figure of the blends of two pins in a row, or of three in a triangle with the first at the top.

    Parameters
    ----------
    decodes
        ``(n, *shape)`` in the samples' own units.
    weights
        ``(n, 2)`` or ``(n, 3)``, multiples of 1/steps.
    names
        Names of the pins.
    """
    style = style_for(STYLE_SIDE, dark=dark)
    steps = _steps_of(weights)
    cell, rows = side + GAP, 1 if weights.shape[1] == 2 else steps + 1
    width, height = cell * (steps + 1) + GAP, cell * rows + GAP + 2 * LINE
    figure = new_figure(width, height, style)
    axes = pixel_axes(figure, 0, width, height, style)
    for decode, shares in zip(decodes, weights, strict=True):
        # Two pins: from left to right. Three: a row has one weight of the first pin, and is centred.
        row = 0.0 if rows == 1 else steps * (1 - shares[0])
        column = steps * shares[-1] + (0 if rows == 1 else (steps - row) / 2)
        left, top = GAP + cell * column, GAP + LINE + cell * row
        draw_in_cell(axes, decode, description, Box(left, left + side, top + side, top), (side, side), style)
    ends = [(GAP, height - LINE / 2, "left"), (width - GAP, height - LINE / 2, "right")]
    # In the order of the pins: the first is at the top of a triangle.
    places = ends if rows == 1 else [(width / 2, LINE / 2, "center"), *ends]
    for index, ((x, y, align), name) in enumerate(zip(places, names, strict=True)):
        text = _fitting(f"{waypoint_name(index)} {name}", width / 2 - GAP)
        write(axes, x, y, text, style, color=style.theme.text, ha=align, va="center")
    return figure


def counterfactual_sheet(found: Counterfactual, description: Description, side: int) -> DrawingSheet:
    """Return a sheet of the line through a counterfactual in one row, with the predicted class of each decode."""
    strip = found.strip
    sheet = sheet_of(strip.decodes, description, side, columns=len(strip.t))
    # By the width of the cells: pictures that are enlarged by whole factors may be narrower than ``side``.
    captions = [_predicted(found, description, row, sheet.cell[0]) for row in range(len(strip.t))]
    sheet = replace(sheet, captions=tuple(captions))
    before, after = (class_text(description, one) for one in (found.from_class, found.to_class))
    title = f"sample {found.sample}: {before} → {after} at t = {found.turn:.3f}, {found.distance:.3g} latent units"
    # Wrapped to the width of the strip, which may be two pictures wide.
    letters = max(8, int(sheet.size[0] / (BOLD_LETTER * TEXT_PIXELS)))
    return replace(sheet, titles=((0, textwrap.fill(title, letters)),))


def _predicted(found: Counterfactual, description: Description, row: int, width: float) -> str:
    """Return the predicted class of a decode with its share if there is room."""
    strip, label = found.strip, int(found.strip.classes[row])
    name = class_text(description, label) or "unknown"
    if isinstance(strip.shares, Absent) or label < 0:
        return _fitting(name, width, middle=True)
    full = f"{name} {100 * strip.shares[row, label]:.0f} %"
    # Names of classes often differ at their end only, as "person 23" does, so the middle is left out.
    return full if _fitting(full, width) == full else _fitting(name, width, middle=True)


def _results(
    decode: NDArray[Any], comparison: BlendComparison, description: Description
) -> list[tuple[str, NDArray[Any]]]:
    shown: list[tuple[str, NDArray[Any]]] = [("blend", decode)]
    if not isinstance(comparison.average, Absent):
        shown.append(("pixel average" if description.kind == "image" else "average", comparison.average))
    nearest = comparison.nearest
    if not isinstance(nearest, Absent) and nearest.picture is not None:
        shown.append((f"nearest real{f': {nearest.pinned_as}' if nearest.pinned_as else ''}", nearest.picture))
    return shown


def _pins_text(pins: Sequence[PinPicture]) -> str:
    return " + ".join(f"{pin.weight:.2f} {waypoint_name(index)} ({pin.name})" for index, pin in enumerate(pins))


def _add_sheet(figure: Figure, sheet: DrawingSheet, top: float, style: PlotStyle) -> None:
    draw_sheet(add_axes(figure, 0, top, *sheet.size, style), sheet, style)


def _add_lines(figure: Figure, lines: Sequence[str], top: float, width: float, style: PlotStyle) -> None:
    axes = pixel_axes(figure, top, width, LINE * (len(lines) + 1), style)
    for index, line in enumerate(lines):
        write(axes, 2 * GAP, LINE * (index + 0.5), _fitting(line, width - 4 * GAP), style, ha="left", va="center")


def _fitting(text: str, width: float, *, middle: bool = False) -> str:
    return cut(text, canvas_of(width, LINE, TEXT_PIXELS), width, middle=middle)


def _steps_of(weights: NDArray[np.float64]) -> int:
    """Return the number of steps of a grid: the inverse of its smallest positive weight."""
    return round(1 / float(weights[weights > 0].min()))

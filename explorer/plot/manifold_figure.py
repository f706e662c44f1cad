"""The decoded manifold as a sheet: decodes at the quantiles of a standard normal prior, edge to edge."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.latent.plane.box import Box
from explorer.plot.figures import (
    TEXT_PIXELS,
    PlotStyle,
    add_axes,
    as_written,
    name_upward_axis,
    new_figure,
    pixels_per_unit,
    style_for,
)
from explorer.plot.parts import box_of
from explorer.plot.samples import add_image, draw_in_cell
from explorer.rendering.drawing import number
from explorer.rendering.pictures import to_shares

TICKS = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles of the prior with a tick on both axes, which shows their z."""
LEFT, RIGHT, TOP, FOOT = 3.6, 1.0, 3.0, 3.4
"""Margins of the sheet, in heights of text."""


def new_manifold(
    decodes: NDArray[Any], description: Description, count: int, size: int, *, title: str = "", dark: bool = False
) -> Figure:
    """Return a figure of ``size`` × ``size`` pixels with decodes, ``count`` per row, first row on top."""
    style = style_for(size, dark=dark)
    figure, em = new_figure(size, size, style), TEXT_PIXELS * style.scale
    axes = add_axes(figure, LEFT * em, TOP * em, size - (LEFT + RIGHT) * em, size - (TOP + FOOT) * em, style)
    draw_manifold(axes, decodes, description, count, style)
    as_written(
        axes.set_title(
            title, loc="left", fontsize=style.text, color=style.theme.text, weight="bold", pad=style.points(18)
        )
    )
    return figure


def draw_manifold(axes: Axes, decodes: NDArray[Any], description: Description, count: int, style: PlotStyle) -> None:
    """Draw decodes ``(n, *shape)`` in cells that each represent an equal share of the prior.

    The axes are linear in the quantiles of the prior, from 0 to 1; their ticks show z.
    """
    rows = -(-len(decodes) // count)
    axes.set(xlim=(0, 1), ylim=(0, 1), autoscale_on=False)
    proportion = description.shape[-2] / description.shape[-1] if description.kind == "image" else 1.0
    axes.set_box_aspect(proportion * rows / count)
    _mark_quantiles(axes, rows, style)
    if description.kind == "image":
        # One image for all pictures: 400 artists would make SVG files large and drawing slow.
        add_image(axes, _mosaic(decodes, description, count, rows), Box(0, 1, 0, 1), zorder=1)
        return
    (across, up), visible = pixels_per_unit(axes), box_of(axes)
    width, height = visible.width / count, visible.height / rows
    for index, decode in enumerate(decodes):
        row, column = divmod(index, count)
        cell = Box(column * width, (column + 1) * width, 1 - (row + 1) * height, 1 - row * height)
        draw_in_cell(axes, decode, description, cell, (0.9 * width * across, 0.9 * height * up), style)


def _mark_quantiles(axes: Axes, rows: int, style: PlotStyle) -> None:
    from scipy.special import ndtri

    z = [number(float(value), 2) for value in ndtri(TICKS)]
    axes.set_xticks(TICKS, z)
    axes.set_xlabel("z₁, spaced by the quantiles of the prior")
    axes.set_yticks(TICKS if rows > 1 else [], z if rows > 1 else [])
    if rows > 1:
        name_upward_axis(axes, "z₂", style)


def _mosaic(decodes: NDArray[Any], description: Description, count: int, rows: int) -> NDArray[np.uint8]:
    """Return all decodes as one RGBA picture; free cells of the last row are transparent."""
    height, width = description.shape[-2:]
    mosaic = np.zeros((rows * height, count * width, 4), np.uint8)
    for index, decode in enumerate(decodes):
        tile = np.rint(255 * to_shares(decode, description.value_range)).astype(np.uint8)
        channels = tile.shape[-1]
        top, left = index // count * height, index % count * width
        part = mosaic[top : top + height, left : left + width]
        part[..., :3] = tile[..., :3] if channels > 1 else tile
        part[..., 3] = tile[..., 3] if channels == 4 else 255
    return mosaic

"""Samples and decodes on a figure: the drawings of the renderers as text, lines and images of matplotlib.

1. `canvas_of` describes the room in pixels and the font, with which a renderer makes a `Drawing`.
2. `draw_drawing` maps the pixels of the drawing to a box in the units of the axes, with y reversed.
3. Each mark of the drawing becomes one artist; a raster becomes an image.
"""

from dataclasses import dataclass
from functools import cache, singledispatch
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.font_manager import findfont
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.transforms import Affine2D, Transform
from numpy.typing import NDArray
from PIL import ImageFont

from explorer.data.dataset import Description
from explorer.latent.plane.box import Box
from explorer.plot.figures import PIXELS_PER_INCH, TEXT_PIXELS, PlotStyle, as_written, pixels_per_unit
from explorer.rendering.drawing import Canvas, Drawing, FilledBox, Ink, Polyline, Raster, Shade, Words
from explorer.rendering.render import draw

SMALL_TEXT = 0.85
"""Size of text in samples on a plane, relative to normal text."""
_ALIGNMENT = {"left": "left", "right": "right", "middle": "center"}


@dataclass(frozen=True)
class _Target:
    """The target of a drawing: ``transform`` maps its pixels to ``axes``, which clip it."""

    axes: Axes
    transform: Transform
    style: PlotStyle
    zorder: float
    opacity: float
    text_pixels: float


def canvas_of(width: float, height: float, text_pixels: float, *, whole_factors: bool = False) -> Canvas:
    """Return a canvas for the renderers, in pixels, with the metrics of the font of matplotlib."""
    font = _font(max(1, round(text_pixels)))
    return Canvas(max(width, 1.0), max(height, 1.0), 1.2 * text_pixels, font.getlength, whole_factors)


def draw_in_cell(
    axes: Axes,
    sample: NDArray[Any],
    description: Description,
    cell: Box,
    pixels: tuple[float, float],
    style: PlotStyle,
    *,
    zorder: float = 2.0,
    opacity: float = 1.0,
) -> Box:
    """Draw one sample or decode at the centre of a cell, as large as fits.

    Parameters
    ----------
    sample
        Array of ``description.shape``, in data units.
    cell
        Cell in the units of the axes.
    pixels
        Width and height of the cell in pixels, at 100 per inch.

    Returns
    -------
    The part of the cell that the drawing fills.
    """
    text = SMALL_TEXT * TEXT_PIXELS * style.scale
    drawing = draw(sample, description, canvas_of(*pixels, text))
    across, up = (drawing.width / pixels[0] * cell.width, drawing.height / pixels[1] * cell.height)
    x, y = cell.middle
    inner = Box(x - across / 2, x + across / 2, y - up / 2, y + up / 2)
    draw_drawing(axes, drawing, inner, style, text_pixels=text, zorder=zorder, opacity=opacity)
    return inner


def draw_drawing(
    axes: Axes,
    drawing: Drawing,
    box: Box,
    style: PlotStyle,
    *,
    text_pixels: float,
    zorder: float = 2.0,
    opacity: float = 1.0,
) -> None:
    """Draw a drawing into a box in the units of the axes, with text ``text_pixels`` high."""
    scale = Affine2D().scale(box.width / drawing.width, -box.height / drawing.height).translate(box.left, box.top)
    target = _Target(axes, scale + axes.transData, style, zorder, opacity, text_pixels)
    for mark in drawing.marks:
        if isinstance(mark, Raster):
            add_image(axes, _rgba(mark.shares), box, zorder=zorder, opacity=opacity)
        else:
            _add(mark, target)


def add_image(
    axes: Axes, pixels: NDArray[Any], box: Box, *, zorder: float, opacity: float = 1.0, smooth: bool = False
) -> None:
    """Add an image ``(rows, columns, 3 | 4)`` over a box in the units of the axes, first row on top.

    Its pixels are crisp squares unless ``smooth`` or the image has more pixels than the box.

    Parameters
    ----------
    pixels
        Floats from 0 to 1, or uint8.
    """
    room = abs(box.width) * pixels_per_unit(axes)[0]
    how = "bilinear" if smooth else "hanning" if room < pixels.shape[1] else "nearest"
    extent = (box.left, box.right, box.bottom, box.top)
    # Not Axes.imshow, which would change the limits and the aspect of the axes.
    image = AxesImage(axes, interpolation=how, origin="upper", extent=extent, zorder=zorder, alpha=opacity)
    image.set_data(pixels)
    image.set_clip_path(axes.patch)
    axes.add_image(image)


def _rgba(shares: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.repeat(shares, 3, axis=-1) if shares.shape[-1] == 1 else shares


@singledispatch
def _add(mark: object, target: _Target) -> None:
    raise TypeError(f"{type(mark).__name__} is not a mark of a drawing")


@_add.register
def _(mark: Words, target: _Target) -> None:
    size = target.text_pixels * 72 / PIXELS_PER_INCH
    text = target.axes.text(
        mark.x, mark.y, mark.text, transform=target.transform, fontsize=size, color=_colour(mark.ink, target.style),
        ha=_ALIGNMENT[mark.side], va="center", zorder=target.zorder, alpha=target.opacity, clip_on=True,
    )  # fmt: skip
    as_written(text)


@_add.register
def _(mark: Polyline, target: _Target) -> None:
    line = Line2D(
        mark.points[:, 0], mark.points[:, 1], transform=target.transform, color=_colour(mark.ink, target.style),
        linewidth=mark.width * 72 / PIXELS_PER_INCH, alpha=mark.opacity * target.opacity, zorder=target.zorder,
        solid_capstyle="round", solid_joinstyle="round",
    )  # fmt: skip
    target.axes.add_artist(line)


@_add.register
def _(mark: FilledBox, target: _Target) -> None:
    corner, size = (mark.left, mark.top), (mark.right - mark.left, mark.bottom - mark.top)
    colour = _colour(mark.ink, target.style)
    box = Rectangle(
        corner, *size, transform=target.transform, facecolor=colour, edgecolor="none", linewidth=0,
        zorder=target.zorder, alpha=target.opacity,
    )  # fmt: skip
    target.axes.add_artist(box)


@_add.register
def _(mark: Shade, target: _Target) -> None:
    pixels = np.empty((*mark.clear.shape, 4), np.float32)
    pixels[..., :3] = to_rgb(_colour(mark.ink, target.style))
    pixels[..., 3] = mark.clear.clip(0, 1)
    # Subtracting transData gives the map from drawing pixels to data units.
    corners = target.transform - target.axes.transData
    (left, top), (right, bottom) = corners.transform([(mark.left, mark.top), (mark.right, mark.bottom)]).tolist()
    box = Box(left, right, bottom, top)
    add_image(target.axes, pixels, box, zorder=target.zorder, opacity=target.opacity, smooth=True)


def _colour(ink: Ink, style: PlotStyle) -> str:
    return style.theme.hover if ink == "track" else str(getattr(style.theme, ink))


def text_width(text: str, pixels: float) -> float:
    """Return the width in pixels of a text that is ``pixels`` high."""
    return float(_font(max(1, round(pixels))).getlength(text))


@cache
def _font(pixels: int) -> ImageFont.FreeTypeFont:
    # DejaVu Sans comes with matplotlib, so widths are equal on all systems.
    return ImageFont.truetype(findfont("DejaVu Sans"), pixels)

"""One renderer per kind of data; the window and files draw every sample and decode through `draw`.

1. `kind_of` names the renderer of a data set.
2. `draw` imports the module of this renderer at its first use; importing it registers the renderer (`renders`).
3. The renderer returns a `Drawing`. The window paints it with Qt; `render` has it painted by `paint`, with Pillow and
   without a screen.
4. `paint` draws shapes at a larger scale and shrinks them, then writes the text. Pictures are scaled by area
   (`resample`): enlarged pixels stay crisp, and shrinking averages instead of skipping pixels.
"""

from collections.abc import Callable
from functools import cache, singledispatch
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from explorer.data.dataset import Description
from explorer.rendering.drawing import (
    LIGHT,
    Canvas,
    Colour,
    Drawing,
    FilledBox,
    Ink,
    Pixels,
    Polyline,
    Raster,
    Shade,
    Style,
    Words,
)


def scaled(picture: NDArray[Any], width: int, height: int) -> NDArray[np.float64]:
    """Scale a picture ``(h, w, channels)`` to ``(height, width, channels)``; see `resample`."""
    return resample(resample(picture, max(1, height), 0), max(1, width), 1)


def resample(picture: NDArray[Any], length: int, axis: int) -> NDArray[np.float64]:
    """Scale one axis to ``length`` pixels, each the mean of the source pixels that it covers.

    1. Place the edges of the new pixels on the axis of the source.
    2. Integrate the source up to each edge: the sum of the whole pixels before it, and a part of the one it cuts.
    3. A new pixel is the difference between the integrals at its two edges, divided by its length.

    Enlarged pixels stay crisp squares, blended only where an edge falls inside a new pixel.
    """
    source = np.moveaxis(np.asarray(picture, np.float64), axis, 0)
    edges = np.linspace(0, len(source), length + 1)
    # The last edge is at the end of the last pixel, whose number would be out of range.
    whole = np.minimum(edges.astype(np.intp), len(source) - 1)
    part = (edges - whole).reshape(-1, *[1] * (source.ndim - 1))
    before = np.concatenate([np.zeros_like(source[:1]), np.cumsum(source, axis=0)])[whole]
    up_to_edge = before + part * source[whole]
    return np.moveaxis(np.diff(up_to_edge, axis=0) * (length / len(source)), 0, axis)


OVERSAMPLED = 3
"""Lines and boxes are painted at this scale and shrunk, as Pillow does not smooth edges."""
_ANCHORS = {"left": "lm", "right": "rm", "middle": "mm"}
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
_FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "segoeui.ttf", "Arial.ttf", "Helvetica.ttc")


@cache
def font_of(size: int) -> Font:
    """Return a font of a size in pixels: one of the system that has the symbols of units, else Pillow's own."""
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:  # not installed on this system
            continue
    return ImageFont.load_default(size)


def paint(drawing: Drawing, style: Style) -> Pixels:
    """Paint a drawing on the background of a style and return the pixels ``(height, width, 3)``."""
    size = (max(1, round(drawing.width)), max(1, round(drawing.height)))
    rasters = [mark for mark in drawing.marks if isinstance(mark, Raster)]
    if rasters:
        # A raster covers the whole drawing, so nothing below it is visible.
        return _paint_raster(rasters[-1], size, style)
    large = Image.new("RGB", (size[0] * OVERSAMPLED, size[1] * OVERSAMPLED), style.ground)
    draw = ImageDraw.Draw(large)
    for mark in drawing.marks:
        _paint_shape(mark, draw, style)
    picture = large.resize(size, Image.Resampling.LANCZOS)
    # Text is painted after scaling: fonts have hinting for their final size.
    draw, font = ImageDraw.Draw(picture), font_of(style.font_size)
    for mark in drawing.marks:
        if isinstance(mark, Words):
            draw.text((mark.x, mark.y), mark.text, _colour(mark.ink, style), font, anchor=_ANCHORS[mark.side])
    return np.asarray(picture)


def _paint_raster(raster: Raster, size: tuple[int, int], style: Style) -> Pixels:
    shares = scaled(raster.shares, *size)
    colours = shares[..., :3] if shares.shape[-1] > 1 else shares.repeat(3, axis=-1)
    if shares.shape[-1] == 4:
        alpha = shares[..., 3:]
        # Alpha blending on the background, since files have no transparency.
        colours = colours * alpha + np.array(style.ground) / 255 * (1 - alpha)
    result: Pixels = np.rint(colours.clip(0, 1) * 255).astype(np.uint8)
    return result


@singledispatch
def _paint_shape(mark: object, draw: ImageDraw.ImageDraw, style: Style) -> None:
    """Paint a shape at the larger scale; do nothing for text and rasters."""


@_paint_shape.register
def _(mark: Polyline, draw: ImageDraw.ImageDraw, style: Style) -> None:
    colour = _blend(_colour(mark.ink, style), style.ground, mark.opacity)
    points = [(x, y) for x, y in (mark.points * OVERSAMPLED).tolist()]
    draw.line(points, colour, round(mark.width * OVERSAMPLED), joint="curve")


@_paint_shape.register
def _(mark: FilledBox, draw: ImageDraw.ImageDraw, style: Style) -> None:
    left, top, right, bottom = (round(edge * OVERSAMPLED) for edge in (mark.left, mark.top, mark.right, mark.bottom))
    if right > left and bottom > top:
        # Pillow includes the last row and column of a rectangle.
        draw.rectangle((left, top, right - 1, bottom - 1), fill=_colour(mark.ink, style))


@_paint_shape.register
def _(mark: Shade, draw: ImageDraw.ImageDraw, style: Style) -> None:
    left, top, right, bottom = (round(edge * OVERSAMPLED) for edge in (mark.left, mark.top, mark.right, mark.bottom))
    clear = Image.fromarray(np.rint(255 * mark.clear.clip(0, 1)).astype(np.uint8))
    mask = clear.resize((max(1, right - left), max(1, bottom - top)), Image.Resampling.BILINEAR)
    draw.bitmap((left, top), mask, fill=_colour(mark.ink, style))


def _colour(ink: Ink, style: Style) -> Colour:
    colours: dict[Ink, Colour] = {
        "text": style.text, "muted": style.muted, "line": style.line, "accent": style.accent, "track": style.line,
    }  # fmt: skip
    return colours[ink]


def _blend(colour: Colour, ground: Colour, opacity: float) -> Colour:
    red, green, blue = (
        round(opacity * over + (1 - opacity) * under) for over, under in zip(colour, ground, strict=True)
    )
    return red, green, blue


Renderer = Callable[[NDArray[Any], Description, Canvas, NDArray[Any] | None], Drawing]

MARGIN = 8
"""Margin around a drawing in a file, in pixels; pictures have none."""

_RENDERERS: dict[str, Renderer] = {}
_MODULES = {"image": "pictures", "signal": "signals", "vector": "values", "text": "terms"}


def renders(kind: str) -> Callable[[Renderer], Renderer]:
    """Register the decorated function as the renderer of one kind of data."""

    def register(renderer: Renderer) -> Renderer:
        _RENDERERS[kind] = renderer
        return renderer

    return register


def kind_of(description: Description) -> str:
    """Return the name of the renderer of a data set: its kind, or ``"signal"`` for a vector along an axis."""
    return "signal" if description.kind == "vector" and description.axis is not None else description.kind


def draw(sample: NDArray[Any], description: Description, canvas: Canvas, real: NDArray[Any] | None = None) -> Drawing:
    """Return the drawing of one sample or decode.

    Parameters
    ----------
    sample
        Array of ``description.shape``, in data units.
    real
        The real sample, if ``sample`` is its decode. Signals, values and terms show both; pictures ignore it.
    """
    kind = kind_of(description)
    if kind not in _RENDERERS and kind in _MODULES:
        # Imported at first use, as the renderers import this module to register themselves.
        import_module(f"explorer.rendering.{_MODULES[kind]}")
    return _RENDERERS[kind](sample, description, canvas, real)


def render(
    sample: NDArray[Any],
    description: Description,
    *,
    size: tuple[int, int] = (320, 320),
    real: NDArray[Any] | None = None,
    style: Style = LIGHT,
) -> Pixels:
    """Return one sample or decode as pixels; see `draw`.

    Parameters
    ----------
    size
        Maximum width and height in pixels; small pictures are enlarged by whole factors.

    Returns
    -------
    uint8 ``(height, width, 3)``.
    """
    font = font_of(style.font_size)
    # Letters with an accent and a descender: the height of every line.
    _, top, _, bottom = font.getbbox("Áy")
    margin = 0 if description.kind == "image" else MARGIN
    width, height = (max(1, side - 2 * margin) for side in size)
    canvas = Canvas(width, height, bottom - top, font.getlength, whole_factors=True)
    return _framed(paint(draw(sample, description, canvas, real), style), margin, style)


def _framed(pixels: Pixels, margin: int, style: Style) -> Pixels:
    height, width, _ = pixels.shape
    framed = np.empty((height + 2 * margin, width + 2 * margin, 3), np.uint8)
    framed[:] = style.ground
    framed[margin : margin + height, margin : margin + width] = pixels
    return framed

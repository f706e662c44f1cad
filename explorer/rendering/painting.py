"""Paint drawings as pixels with Pillow, without a screen."""

from functools import cache, singledispatch

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from explorer.rendering.drawing import Drawing, FilledBox, Ink, Polyline, Raster, Shade, Words
from explorer.rendering.resampling import scaled
from explorer.rendering.style import Colour, Pixels, Style

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

"""Strips along the axes of a plane as pixels: at the inside of its edges, over a veil of its ground."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from explorer.export.laid_painting import DASH, GAP, OVERSAMPLED, Canvas, Place, cut_into_dashes, ink_of, paint_part
from explorer.latent.plane.overlay_parts import Curve, Strip, Strips
from explorer.rendering.drawing import number
from explorer.rendering.painting import font_of

HIGH = 0.1
"""A strip's height, as a share of the plane's."""
VEIL = 0.8
"""How far the ground covers the points under a strip."""
LOWEST = 0.004
"""The share of a strip's height from which on a bell is drawn: below it would draw the edge."""
SWATCH = 16


@paint_part.register
def _(part: Strips, canvas: Canvas, where: Place) -> None:
    height, width = canvas.shape[:2]
    font = font_of(where.style.font_size)
    line = round(1.3 * where.style.font_size)
    high, wide = round(HIGH * height) + line, round(HIGH * width) + line
    ground = np.array(where.style.ground, np.float64)
    for strip in part.along:
        rows, columns = (slice(height - high, height), slice(0, width)) if strip.side == "bottom" else (
            slice(0, height - high), slice(0, wide))  # fmt: skip
        canvas[rows, columns] += VEIL * (ground - canvas[rows, columns])
    for strip in part.along:
        reach = float(high if strip.side == "bottom" else wide) - line
        for curve in strip.curves:
            _paint_curve(canvas, strip, curve, reach, where)
    picture = Image.fromarray(np.rint(canvas).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    begins = _write_legend(draw, part, (width - 6, height - high), where, line)
    for strip in part.along:
        said = f"{number(strip.top, 2)} per {strip.name}"
        beside = begins > 8 + draw.textlength(said, font)
        row = height - high + (0 if beside else line)  # else below the legend
        draw.text((4, row if strip.side == "bottom" else height - high - line), said, where.style.muted, font)
    canvas[:] = np.asarray(picture)


def _paint_curve(canvas: Canvas, strip: Strip, curve: Curve, reach: float, where: Place) -> None:
    """Draw a curve from the plane's edge inwards, ``reach`` pixels where it is as high as the strip."""
    height, width = canvas.shape[:2]
    count = len(curve.heights)
    low, high = strip.ends
    middles = low + (np.arange(count) + 0.5) * (high - low) / count
    shares = np.minimum(curve.heights / strip.top, 1.0)
    drawn = np.flatnonzero((shares > LOWEST) | (curve.filled > 0))
    if len(drawn) == 0:
        return
    middles, shares = middles[drawn[0] : drawn[-1] + 1], shares[drawn[0] : drawn[-1] + 1]
    count = len(middles)
    if strip.side == "bottom":
        x = where.pixels(np.column_stack([middles, np.zeros(count)]), canvas)[:, 0]
        points = np.column_stack([x, height - 1 - shares * (reach - 2)])
        edge = np.array([[x[0], height], [x[-1], height]])
    else:
        y = where.pixels(np.column_stack([np.zeros(count), middles]), canvas)[:, 1]
        points = np.column_stack([1 + shares * (reach - 2), y])
        edge = np.array([[0, y[0]], [0, y[-1]]])
        inside = y < height - reach - 1.3 * where.style.font_size  # the lower strip's own
        points = points[inside]
    alpha = _mask(curve, points, edge, (width, height))
    canvas += alpha * (np.array(ink_of(curve.ink, where.style), np.float64) - canvas)


def _mask(curve: Curve, points: NDArray[np.float64], edge: NDArray[np.float64], size: tuple[int, int]) -> Canvas:
    """Return how clearly each pixel is drawn, ``(height, width, 1)`` from 0 to 1."""
    mask = Image.new("L", (size[0] * OVERSAMPLED, size[1] * OVERSAMPLED))
    draw = ImageDraw.Draw(mask)
    line = points * OVERSAMPLED
    if curve.filled > 0 and len(line) > 1:
        below = np.vstack([edge[:1] * OVERSAMPLED, line, edge[1:] * OVERSAMPLED])
        draw.polygon([(x, y) for x, y in below.tolist()], fill=round(255 * curve.filled))
    for one in cut_into_dashes(line) if curve.dashed else (line,):
        draw.line([(x, y) for x, y in one.tolist()], 255, round(curve.width * OVERSAMPLED))
    return np.asarray(mask.resize(size, Image.Resampling.BOX), np.float64)[..., None] / 255


def _write_legend(draw: ImageDraw.ImageDraw, part: Strips, corner: tuple[int, int], where: Place, line: int) -> int:
    """Write each kind of curve once, from the right to the left; gives where it begins."""
    x, y = corner
    font = font_of(where.style.font_size)
    named = {curve.name: curve for strip in part.along for curve in strip.curves}
    for curve in reversed(named.values()):
        left = x - draw.textlength(curve.name, font)
        draw.text((left, y), curve.name, where.style.muted, font)
        colour = ink_of(curve.ink, where.style)
        for start in np.arange(left - SWATCH - 5, left - 5, DASH + GAP) if curve.dashed else (left - SWATCH - 5,):
            end = min(start + DASH, left - 5) if curve.dashed else left - 5
            draw.line([(start, y + line / 2), (end, y + line / 2)], colour, round(curve.width))
        x = round(left - SWATCH - 16)
    return x

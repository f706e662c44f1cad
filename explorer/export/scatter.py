"""A plane of points as pixels, without a screen: soft dots in class colours, axes that state their scale."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from explorer.rendering.painting import font_of
from explorer.rendering.style import Pixels, Style

RADIUS, OPACITY = 2.2, 0.75
"""Of a dot, in pixels at 640 pixels of width."""
TICKS = 4
"""About so many ticks along an axis."""


@dataclass(frozen=True)
class Limits:
    """What of the plane a picture shows, in latent units."""

    left: float
    right: float
    bottom: float
    top: float


def limits_of(places: NDArray[np.float64], share: float = 0.99, margin: float = 0.06) -> Limits:
    """Return the limits that show a share of the finite places ``(n, 2)`` along each axis, with a margin."""
    finite = places[np.isfinite(places).all(axis=1)]
    if len(finite) == 0:
        return Limits(-1, 1, -1, 1)
    low, high = np.quantile(finite, [(1 - share) / 2, (1 + share) / 2], axis=0)
    span = np.maximum(high - low, 1e-3 * np.maximum(1.0, np.abs(high)))
    low, high = (low + high - span * (1 + 2 * margin)) / 2, (low + high + span * (1 + 2 * margin)) / 2
    return Limits(float(low[0]), float(high[0]), float(low[1]), float(high[1]))


def joined(several: list[Limits]) -> Limits:
    """Return the limits that show what any of several show."""
    return Limits(
        min(one.left for one in several),
        max(one.right for one in several),
        min(one.bottom for one in several),
        max(one.top for one in several),
    )


def paint_scatter(
    places: NDArray[np.float64],
    colours: NDArray[np.uint8],
    limits: Limits,
    names: tuple[str, str],
    size: int,
    style: Style,
    *,
    strips: tuple[str, ...] | None = None,
    under: Callable[[NDArray[np.float64]], None] | None = None,
    over: Callable[[NDArray[np.float64]], None] | None = None,
) -> Pixels:
    """Paint points ``(n, 2)`` in their colours ``(n, 3)`` on a square of ``size`` pixels.

    Parameters
    ----------
    names
        Of the two axes.
    strips
        Of one latent dimension: the classes whose strips lie above each other; their names stand for numbers.
    under, over
        Paint what lies under and over the points on ``(height, width, 3)`` from 0 to 255, the limits' box.
    """
    small = max(8, round(size / 48))
    edge = round(3.2 * small)
    inner = size - edge - small
    canvas = np.empty((size, size, 3))
    canvas[:] = style.ground
    part = canvas[small // 2 : small // 2 + inner, edge : edge + inner]
    if under is not None:
        under(part)
    _dots(part, places, colours, limits, size)
    if over is not None:
        over(part)
    picture = Image.fromarray(np.rint(canvas).astype(np.uint8))
    _axes(ImageDraw.Draw(picture), limits, names, (edge, small // 2, inner), small, style, strips)
    return np.asarray(picture)


def nice_ticks(low: float, high: float) -> list[float]:
    """Return round numbers between two, about `TICKS` of them."""
    span = high - low
    if not np.isfinite(span) or span <= 0:
        return []
    rough = span / TICKS
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first = int(np.ceil(low / step))
    return [float(place * step) for place in range(first, int(np.floor(high / step)) + 1)]


def _dots(
    part: NDArray[np.float64],
    places: NDArray[np.float64],
    colours: NDArray[np.uint8],
    limits: Limits,
    size: int,
) -> None:
    """Blend soft dots into a part of a picture; where several lie, their colours mix and they cover more."""
    height, width = part.shape[:2]
    radius = RADIUS * size / 640
    finite = np.isfinite(places).all(axis=1)
    x = (places[finite, 0] - limits.left) / (limits.right - limits.left) * width
    y = (limits.top - places[finite, 1]) / (limits.top - limits.bottom) * height
    inside = (x > -radius) & (x < width + radius) & (y > -radius) & (y < height + radius)
    x, y, shades = x[inside], y[inside], colours[finite][inside].astype(np.float64)
    reach = int(np.ceil(radius + 0.5))
    around = np.arange(-reach, reach + 1)
    columns = np.floor(x)[:, None, None] + around[None, None, :]  # (n, k, k)
    rows = np.floor(y)[:, None, None] + around[None, :, None]
    distance = np.hypot(columns + 0.5 - x[:, None, None], rows + 0.5 - y[:, None, None])
    weight = OPACITY * np.clip(radius + 0.5 - distance, 0, 1)
    seen = (weight > 0) & (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    cell = (np.broadcast_to(rows, seen.shape)[seen] * width + np.broadcast_to(columns, seen.shape)[seen]).astype(
        np.intp
    )
    weight, owner = weight[seen], np.nonzero(seen)[0]
    cells = height * width
    total = np.bincount(cell, weight, cells)
    cover = 1 - np.exp(np.bincount(cell, np.log1p(-weight), cells))
    painted = total > 0
    flat = part.reshape(-1, 3) if part.flags.c_contiguous else part.copy().reshape(-1, 3)
    for channel in range(3):
        mixed = np.bincount(cell, weight * shades[owner, channel], cells)[painted] / total[painted]
        flat[painted, channel] += cover[painted] * (mixed - flat[painted, channel])
    part[:] = flat.reshape(part.shape)


def _axes(
    draw: ImageDraw.ImageDraw,
    limits: Limits,
    names: tuple[str, str],
    frame: tuple[int, int, int],
    small: int,
    style: Style,
    strips: tuple[str, ...] | None,
) -> None:
    left, top, inner = frame
    right, bottom, font = left + inner, top + inner, font_of(small)
    draw.line([(left, top), (left, bottom), (right, bottom)], style.line, 1)
    for value in nice_ticks(limits.left, limits.right):
        at = left + (value - limits.left) / (limits.right - limits.left) * inner
        draw.text((at, bottom + small * 0.3), f"{value:g}", style.muted, font, anchor="mt")
    heights = [(value, f"{value:g}") for value in nice_ticks(limits.bottom, limits.top)]
    if strips is not None:
        heights = [(float(place), name[:5]) for place, name in enumerate(strips)]
    for value, text in heights:
        at = bottom - (value - limits.bottom) / (limits.top - limits.bottom) * inner
        if top <= at <= bottom:
            draw.text((left - small * 0.4, at), text, style.muted, font, anchor="rm")
    draw.text((right, bottom + small * 1.5), names[0], style.muted, font, anchor="rt")
    draw.text((small * 0.3, top), names[1], style.muted, font, anchor="lt")

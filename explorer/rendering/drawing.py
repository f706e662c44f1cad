"""A drawing of one sample as a value: texts, lines, boxes and pixels with positions and named colours.

1. A renderer (`explorer.rendering.render`) turns a sample into a `Drawing`, in logical pixels.
2. The window paints it with Qt; files are painted with Pillow or matplotlib. All of them show the same drawing.
3. Colours are named by their purpose (`Ink`); each painter has its own for a light and a dark theme.
   `Style` has those of files.
4. Numbers in drawings and beside axes: `number` writes one, `tick_step` and `tick_values` choose round ones.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Ink = Literal["text", "muted", "line", "accent", "track"]
"""A colour by its purpose; every painter has one for each. ``track`` is the background of a bar."""

MINUS = "−"


@dataclass(frozen=True)
class Canvas:
    """The available room and the font of a drawing.

    Attributes
    ----------
    width, height
        Maximum size of a drawing in logical pixels.
    line_height, text_width
        Metrics of the font that it will be painted with, in logical pixels.
    whole_factors
        Whether small pictures are enlarged only by whole factors, so that their pixels stay square.
    """

    width: float
    height: float
    line_height: float
    text_width: Callable[[str], float]
    whole_factors: bool = False


@dataclass(frozen=True)
class Words:
    """One line of text. ``x`` is its left end, right end or middle, by ``side``; ``y`` is the middle of its height."""

    x: float
    y: float
    text: str
    ink: Ink = "text"
    side: Literal["left", "right", "middle"] = "left"


@dataclass(frozen=True, eq=False)
class Polyline:
    """A line through points ``(n, 2)``."""

    points: NDArray[np.float64]
    ink: Ink
    width: float = 1.0
    opacity: float = 1.0


@dataclass(frozen=True)
class FilledBox:
    """A filled box with edges in logical pixels, y downwards."""

    left: float
    top: float
    right: float
    bottom: float
    ink: Ink


@dataclass(frozen=True, eq=False)
class Shade:
    """A box in one ink of varying opacity ``clear``, ``(rows, columns)`` from 0 to 1, first row on top."""

    left: float
    top: float
    right: float
    bottom: float
    clear: NDArray[np.float32]
    ink: Ink


@dataclass(frozen=True, eq=False)
class Raster:
    """The pixels of a picture over the whole drawing: ``(h, w, 1 | 3 | 4)`` for grey, RGB or RGBA, from 0 to 1."""

    shares: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Drawing:
    """Marks in the order of painting; ``width`` and ``height`` are in logical pixels."""

    width: float
    height: float
    marks: tuple[Words | Polyline | FilledBox | Shade | Raster, ...]


def raster_drawing(shares: NDArray[np.float32], canvas: Canvas) -> Drawing:
    """Return pixels ``(h, w, 1 | 3 | 4)`` as a drawing, as large as fits the canvas."""
    height, width = shares.shape[:2]
    factor = min(canvas.width / width, canvas.height / height)
    if canvas.whole_factors and factor >= 1:
        # Only when enlarging: a factor below 1 would become 0.
        factor = int(factor)
    return Drawing(width * factor, height * factor, (Raster(shares),))


def number(value: float, digits: int = 4) -> str:
    """Return a number as text with ``digits`` significant digits and a typographic minus; "not a number" for NaN."""
    if not np.isfinite(value):
        return "not a number" if np.isnan(value) else ("∞" if value > 0 else f"{MINUS}∞")
    # U+2212 is as wide as a plus sign, so columns of numbers are aligned.
    return f"{value:.{digits}g}".replace("-", MINUS)


def cut(text: str, canvas: Canvas, width: float, *, middle: bool = False) -> str:
    """Return a text with its end (or its middle) replaced by an ellipsis if it is wider than ``width``."""
    if canvas.text_width(text) <= width:
        return text
    # Linear search from the longest: widths are not additive because of kerning, and texts are short.
    for kept in range(len(text) - 1, 0, -1):
        head = (kept + 1) // 2 if middle else kept
        shorter = f"{text[:head].rstrip()}…{text[len(text) - kept + head :].lstrip()}"
        if canvas.text_width(shorter) <= width:
            return shorter
    return "…"


Pixels = NDArray[np.uint8]
"""A picture ``(height, width, 3)``."""

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Style:
    """Colours of a drawing, as RGB from 0 to 255, and the size of its text in pixels."""

    ground: Colour
    text: Colour
    muted: Colour
    line: Colour
    accent: Colour
    font_size: int = 13


LIGHT = Style((255, 255, 255), (27, 31, 38), (102, 112, 125), (216, 221, 228), (31, 111, 235))
DARK = Style((27, 30, 36), (230, 232, 235), (139, 149, 163), (47, 53, 63), (91, 157, 255))


def tick_step(span: float, max_parts: float, factors: tuple[float, ...] = (1, 2, 5, 10)) -> float:
    """Return the smallest of 1, 2, 5, 10, 20, …, 0.1, … that divides a span into at most ``max_parts`` parts."""
    min_step = span / max(max_parts, 1.0)
    power = 10.0 ** floor(log10(min_step))
    # The tolerance: 2 is enough for 2.0000000001.
    return next(power * factor for factor in factors if power * factor >= min_step * (1 - 1e-9))


def tick_values(low: float, high: float, step: float) -> list[float]:
    """Return the multiples of a step in a range."""
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]

"""A drawing of one sample, before it is painted: words, lines, boxes and pixels at their places, in named colours.

Renderers make it; the window paints it with Qt, files are painted without. So both show the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Ink = Literal["text", "muted", "line", "accent", "track"]
"""A colour by what it is for; whoever paints has one for each. ``track`` is the quiet ground of a bar."""

MINUS = "−"


@dataclass(frozen=True)
class Canvas:
    """What there is to draw on.

    Attributes
    ----------
    width, height
        The most that a drawing may take, in logical pixels.
    line_height, text_width
        Of the font that it will be painted with, in logical pixels.
    whole_factors
        Whether small pictures are enlarged by whole factors alone, so that their pixels stay squares.
    """

    width: float
    height: float
    line_height: float
    text_width: Callable[[str], float]
    whole_factors: bool = False


@dataclass(frozen=True)
class Words:
    """One line of text; ``x`` is its left end, its right end or its middle, ``y`` the middle of its height."""

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
    """A filled box."""

    left: float
    top: float
    right: float
    bottom: float
    ink: Ink


@dataclass(frozen=True, eq=False)
class Shade:
    """A box in one ink, as clear as ``clear`` (rows, columns) says, 0 to 1, from the top row down."""

    left: float
    top: float
    right: float
    bottom: float
    clear: NDArray[np.float32]
    ink: Ink


@dataclass(frozen=True, eq=False)
class Raster:
    """A picture's own pixels, over the whole drawing: ``(h, w, 1 | 3 | 4)`` grey, colour, colour with alpha, 0 to 1."""

    shares: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Drawing:
    """What is to be painted, first things first; ``width`` and ``height`` in logical pixels."""

    width: float
    height: float
    marks: tuple[Words | Polyline | FilledBox | Shade | Raster, ...]


def number(value: float, digits: int = 4) -> str:
    """Write a number with so many significant digits and a true minus; "not a number" where it is none."""
    if not np.isfinite(value):
        return "not a number" if np.isnan(value) else ("∞" if value > 0 else f"{MINUS}∞")
    return f"{value:.{digits}g}".replace("-", MINUS)


def cut(text: str, canvas: Canvas, width: float, *, middle: bool = False) -> str:
    """Return the text, its end (or its middle) replaced by an ellipsis where it is wider than ``width``."""
    if canvas.text_width(text) <= width:
        return text
    for kept in range(len(text) - 1, 0, -1):
        head = (kept + 1) // 2 if middle else kept
        shorter = f"{text[:head].rstrip()}…{text[len(text) - kept + head :].lstrip()}"
        if canvas.text_width(shorter) <= width:
            return shorter
    return "…"

r"""Formulas as outlines, a piece for each token, with its own colour and a box to find it under the mouse. No Qt.

1. A `Token` is a part of a formula in mathtext, the TeX of matplotlib, with the role that chooses its colour.
2. `typeset` sets the tokens side by side on one baseline. TeX spaces binary operators only between their operands, so a
   token that begins with one states its spaces itself (``\,-\,``).
3. Each `Piece` has outlines in pixels, y downwards from the top of the formula, and its box.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import numpy as np
from numpy.typing import NDArray

FONT = "stix"
"""Font of formulas, a Times with mathematical letters that matplotlib ships."""
UNIT = 100.0
"""Size in which each token is typeset once; pieces of any size are scaled from it."""

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Token:
    """A part of a formula: its mathtext without $, the role that gives its colour, and the key that it is found by."""

    tex: str
    role: str = "text"
    key: str = ""


@dataclass(frozen=True, eq=False)
class Piece:
    """A positioned token: outlines ``(n, 2)`` with matplotlib's path codes ``(n,)``, and its left and right end."""

    token: Token
    points: Points
    codes: NDArray[np.uint8]
    left: float
    right: float


@dataclass(frozen=True, eq=False)
class Formula:
    """Pieces on one baseline, in pixels: their common width and height, and the baseline below the top."""

    pieces: tuple[Piece, ...]
    width: float
    height: float
    baseline: float

    def piece_at(self, x: float) -> Piece | None:
        """Return the piece at a horizontal position, or None."""
        return next((piece for piece in self.pieces if piece.left <= x < piece.right), None)


def typeset(tokens: Sequence[Token], size: float) -> Formula:
    """Return a formula with a font size in pixels."""
    scale, x = size / UNIT, 0.0
    outlines = [_outline(token.tex) for token in tokens]
    above = max((one.ascent for one in outlines), default=0.0) * scale
    below = max((one.descent for one in outlines), default=0.0) * scale
    pieces = []
    for token, one in zip(tokens, outlines, strict=True):
        # Matplotlib's y goes up from the baseline.
        points = one.points * (scale, -scale) + (x, above)
        pieces.append(Piece(token, points, one.codes, x, x + one.width * scale))
        x += one.width * scale
    return Formula(tuple(pieces), x, above + below, above)


_PARSER = Lock()
"""Matplotlib's parser of mathtext is shared by all threads, and not safe for two at a time."""


def load_typesetting() -> None:
    """Import what typesetting needs, which takes a second; for a thread in the background."""
    import matplotlib.mathtext
    import matplotlib.textpath  # noqa: F401


@dataclass(frozen=True, eq=False)
class _Outline:
    points: Points
    codes: NDArray[np.uint8]
    width: float
    ascent: float
    descent: float


@lru_cache(maxsize=256)
def _outline(tex: str) -> _Outline:
    """Set one token at size `UNIT`; y goes up from the baseline."""
    with _PARSER:
        return _set(tex)


def _set(tex: str) -> _Outline:
    # Matplotlib takes a third of a second to import.
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import MathTextParser
    from matplotlib.textpath import TextPath

    font = FontProperties(size=UNIT, math_fontfamily=FONT)
    path = TextPath((0, 0), f"${tex}$", size=UNIT, prop=font)
    box = MathTextParser("path").parse(f"${tex}$", 72, font)
    points = np.asarray(path.vertices, np.float64).reshape(-1, 2)
    codes = np.asarray(path.codes if path.codes is not None else [], np.uint8)
    ascent = max(float(points[:, 1].max()) if len(points) else 0.0, float(box.height - box.depth))
    descent = max(-float(points[:, 1].min()) if len(points) else 0.0, float(box.depth))
    return _Outline(points, codes, float(box.width), ascent, descent)

"""Colours of drawings in files."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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

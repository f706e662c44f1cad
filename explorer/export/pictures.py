"""Pictures of samples and decodes as PNG at their own resolution: one alone, or several on a sheet."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.rendering.style import LIGHT, Pixels, Style
from explorer.runs.files import replace_file

GAP = 4
"""Pixels between the pictures of a sheet and around them."""


def save_picture(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write a picture ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)`` as PNG."""
    replace_file(path, lambda part: Image.fromarray(picture).save(part, format="PNG"))


def contact_sheet(frames: Sequence[Pixels], *, columns: int = 0, style: Style = LIGHT) -> Pixels:
    """Return pictures of equal size in rows on the background of a style; their pixels are unchanged.

    Parameters
    ----------
    frames
        ``(h, w, 3)`` uint8 each, at least one.
    columns
        Pictures per row; 0 for about as many columns as rows.
    """
    columns = columns or math.ceil(math.sqrt(len(frames)))
    height, width = frames[0].shape[:2]
    rows = math.ceil(len(frames) / columns)
    sheet = np.empty((rows * (height + GAP) + GAP, columns * (width + GAP) + GAP, 3), np.uint8)
    sheet[:] = style.ground
    for number, frame in enumerate(frames):
        row, column = divmod(number, columns)
        top, left = GAP + row * (height + GAP), GAP + column * (width + GAP)
        sheet[top : top + height, left : left + width] = frame
    return sheet

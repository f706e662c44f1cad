"""Many samples on one picture: film strips and contact sheets."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from explorer.rendering.painting import font_of
from explorer.rendering.style import LIGHT, Pixels, Style

GAP = 4


def film_strip(frames: Sequence[NDArray[np.uint8]], *, captions: Sequence[str] = (), style: Style = LIGHT) -> Pixels:
    """Lay pictures ``(h, w, 3)`` of equal size in one row; see `contact_sheet`."""
    return contact_sheet(frames, columns=len(frames), captions=captions, style=style)


def contact_sheet(
    frames: Sequence[NDArray[np.uint8]], *, columns: int = 0, captions: Sequence[str] = (), style: Style = LIGHT
) -> Pixels:
    """Lay pictures of equal size in rows, on the style's ground.

    Parameters
    ----------
    frames
        ``(h, w, 3)`` uint8 each, at least one.
    columns
        Pictures a row; 0 makes the sheet about as wide as high.
    captions
        A line beneath each picture, or none at all.
    """
    columns = columns or math.ceil(math.sqrt(len(frames)))
    height, width = frames[0].shape[:2]
    foot = round(style.font_size * 1.5) if captions else 0
    rows = math.ceil(len(frames) / columns)
    full = (columns * (width + GAP) + GAP, rows * (height + foot + GAP) + GAP)
    sheet = Image.new("RGB", full, style.ground)
    draw = ImageDraw.Draw(sheet)
    font = font_of(style.font_size)
    for place, frame in enumerate(frames):
        row, column = divmod(place, columns)
        corner = (GAP + column * (width + GAP), GAP + row * (height + foot + GAP))
        sheet.paste(Image.fromarray(frame), corner)
        if captions:
            middle = (corner[0] + width / 2, corner[1] + height + foot / 2)
            draw.text(middle, captions[place], style.text, font, anchor="mm")
    return np.asarray(sheet)

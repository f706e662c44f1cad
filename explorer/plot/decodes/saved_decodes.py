"""Samples and decodes as files: PNG with their own pixels, SVG and PDF as drawings that scale."""

import math
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.export.pictures import contact_sheet, save_picture
from explorer.plot.decodes.sheets import DrawingSheet, Samples, margin_of, new_sheet
from explorer.plot.figures import TEXT_PIXELS, save_figure
from explorer.plot.samples import canvas_of
from explorer.rendering.drawing import DARK, LIGHT
from explorer.rendering.render import draw, render


def save_samples(
    path: Path,
    samples: Samples,
    description: Description,
    side: int,
    *,
    real: NDArray[Any] | None = None,
    dark: bool = False,
) -> None:
    """Write samples or decodes ``(n, *shape)``, in data units, as .png, .svg or .pdf.

    Parameters
    ----------
    side
        Maximum width and height of each, in pixels.
    real
        The real sample ``(*shape)`` to draw below a single decode; see `explorer.rendering.render.draw`.
    """
    if path.suffix.lower() == ".png":
        style = DARK if dark else LIGHT
        frames = [render(one, description, size=(side, side), real=real, style=style) for one in samples]
        save_picture(path, frames[0] if len(frames) == 1 else contact_sheet(frames, style=style))
        return
    margin = margin_of(description)
    # Whole factors: all pixels of a sample are drawn equally large.
    canvas = canvas_of(side - 2 * margin, side - 2 * margin, TEXT_PIXELS, whole_factors=True)
    drawings = tuple(draw(one, description, canvas, real) for one in samples)
    sheet = DrawingSheet(drawings, (), math.ceil(math.sqrt(len(drawings))), side, margin)
    save_figure(path, new_sheet(sheet, dark=dark))

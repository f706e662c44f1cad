"""A path as files: its film strip as a picture, the animation as GIF. No Qt."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.data.context import LoadContext
from explorer.data.dataset import Description
from explorer.export.films import save_gif
from explorer.rendering.render import render
from explorer.rendering.style import DARK, LIGHT, Pixels

FRAME_SIDE = 160
"""Maximum side of a frame of the strip in pixels; small pictures are enlarged by whole factors."""
GIF_SIDE = 320  # pixels
GIF_FRAMES = 48  # from A to B; the animation goes there and back
GIF_SECONDS = 0.06


def write_strip(
    path: Path, decodes: NDArray[np.float32], description: Description, dark: bool, context: LoadContext
) -> None:
    """Write decodes ``(steps, *shape)`` in one row, with t below each."""
    from explorer.plot.figures import save_figure  # not above: matplotlib takes long to import
    from explorer.plot.sheets import new_sheet, path_sheet

    context.report(0, 1, "Drawing the path")
    save_figure(path, new_sheet(path_sheet(decodes, description, FRAME_SIDE), dark=dark))


def write_gif(
    path: Path, decodes: NDArray[np.float32], description: Description, dark: bool, context: LoadContext
) -> None:
    """Write decodes ``(frames, *shape)`` as an animation from A to B and back."""
    save_gif(path, _frames(decodes, description, GIF_SIDE, dark, context), frame_seconds=GIF_SECONDS)


def _frames(
    decodes: NDArray[np.float32], description: Description, side: int, dark: bool, context: LoadContext
) -> list[Pixels]:
    frames = []
    for number, decode in enumerate(decodes):
        context.report(number, len(decodes), "Drawing the path")
        frames.append(render(decode, description, size=(side, side), style=DARK if dark else LIGHT))
    return frames

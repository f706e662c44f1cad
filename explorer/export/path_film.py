"""A path as a film: one picture per step, the rows side by side."""

from collections.abc import Callable
from pathlib import Path

from explorer.data.dataset import Description
from explorer.export.pictures import contact_sheet, save_film
from explorer.latent.paths.path_answer import PathAnswer
from explorer.latent.steps import Absent
from explorer.rendering.drawing import DARK, LIGHT, Pixels
from explorer.rendering.render import render

FRAMES_PER_SECOND = 24


def save_path_film(
    path: Path, answer: PathAnswer, description: Description, side: int, *, loop: bool = False, dark: bool = False,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> None:  # fmt: skip
    """Write a path as .gif or .mp4.

    Parameters
    ----------
    side
        Width and height of a picture in pixels.
    loop
        Whether the path is closed: a GIF then repeats from A instead of going back.
    report
        Called with the number of drawn pictures and of all; it may raise to cancel.
    """
    style, frames = DARK if dark else LIGHT, list[Pixels]()
    # A method that is not defined has no pictures.
    rows = [row for row in answer.rows if not isinstance(row, Absent)]
    for step in range(len(answer.t)):
        report(step, len(answer.t))
        pictures = [render(row.decodes[step], description, size=(side, side), style=style) for row in rows]
        frames.append(pictures[0] if len(rows) == 1 else contact_sheet(pictures, columns=len(rows), style=style))
    if loop and path.suffix.lower() == ".gif":
        # The last step is the first again, and would be shown twice where a GIF repeats.
        frames = frames[:-1]
    save_film(path, frames, frame_seconds=1 / FRAMES_PER_SECOND, there_and_back=not loop)

"""Animations: a path, one picture per step and its rows side by side; a traversal, all rows at the same step."""

from collections.abc import Callable, Sequence
from pathlib import Path

from explorer.data.dataset import Description
from explorer.export.pictures import contact_sheet, save_film
from explorer.latent.directions.traversal_answer import TraversalAnswer
from explorer.latent.paths.path_answer import PathAnswer
from explorer.latent.steps import Absent
from explorer.rendering.drawing import DARK, LIGHT, Pixels
from explorer.rendering.render import render

FRAMES_PER_SECOND = 24
"""Of a path; a traversal has few steps, and stays at each."""
SIDE = 96
"""Usual width and height of a picture in an animation, in pixels."""


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


def save_traversal_film(
    path: Path, answers: Sequence[TraversalAnswer], description: Description, side: int = SIDE, *, dark: bool = False
) -> None:
    """Write an animation (.gif, .mp4) with one picture per row: the motion shows the effect of each direction."""
    style, size = DARK if dark else LIGHT, (side, side)
    # All sections share one sheet, as all rows have the same number of steps.
    rows = [row.decodes for answer in answers for row in answer.rows]
    pictures = [[render(decode, description, size=size, style=style) for decode in row] for row in rows]
    save_film(path, [contact_sheet([row[step] for row in pictures], style=style) for step in range(len(pictures[0]))])

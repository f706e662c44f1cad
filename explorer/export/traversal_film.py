"""A traversal as an animation: all rows at the same step, from the low to the high end."""

from collections.abc import Sequence
from pathlib import Path

from explorer.data.dataset import Description
from explorer.export.pictures import contact_sheet, save_film
from explorer.latent.directions.traversal_answer import TraversalAnswer
from explorer.rendering.drawing import DARK, LIGHT
from explorer.rendering.render import render

SIDE = 96
"""Usual width and height of a picture in an animation, in pixels."""


def save_traversal_film(
    path: Path, answers: Sequence[TraversalAnswer], description: Description, side: int = SIDE, *, dark: bool = False
) -> None:
    """Write an animation (.gif, .mp4) with one picture per row: the motion shows the effect of each direction."""
    style, size = DARK if dark else LIGHT, (side, side)
    # All sections share one sheet, as all rows have the same number of steps.
    rows = [row.decodes for answer in answers for row in answer.rows]
    pictures = [[render(decode, description, size=size, style=style) for decode in row] for row in rows]
    save_film(path, [contact_sheet([row[step] for row in pictures], style=style) for step in range(len(pictures[0]))])

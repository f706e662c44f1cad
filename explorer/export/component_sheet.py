"""A linear model's directions as one sheet of pictures, beside PCA's where it was trained by gradient."""

from typing import Any

from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.export.sheets import contact_sheet
from explorer.models.linear_parts import LinearParts
from explorer.rendering.directions import drawn_as_sample
from explorer.rendering.render import render
from explorer.rendering.style import LIGHT, Pixels, Style

MAX_COLUMNS = 10


def component_sheet(parts: LinearParts, description: Description, size: int, style: Style = LIGHT) -> Pixels:
    """Draw every direction with its name, and its share where it is one of those in closed form.

    Of a model that was trained by gradient the decoder's columns come first, in rows of up to `MAX_COLUMNS`, then
    PCA's directions.
    """
    shares = parts.explained_variance_ratio
    best = [f"{place + 1}: {shares[place]:.1%}" for place in range(len(parts.components))]
    blocks: list[tuple[NDArray[Any], list[str]]] = [(parts.components, best)]
    if parts.reference is not None:
        columns = [f"column {place + 1}" for place in range(len(parts.components))]
        blocks = [(parts.components, columns), (parts.reference, [f"PCA {name}" for name in best])]
    frames, captions = [], []
    across = min(MAX_COLUMNS, len(parts.components))
    for directions, names in blocks:
        drawn = [_frame(direction, description, size, style) for direction in directions]
        gaps = -len(drawn) % across
        frames += drawn + [_empty(drawn[0], style)] * gaps
        captions += names + [""] * gaps
    return contact_sheet(frames, columns=across, captions=captions, style=style)


def _frame(direction: NDArray[Any], description: Description, size: int, style: Style) -> Pixels:
    values, about = drawn_as_sample(direction, description, style.ground)
    return render(values, about, size=(size, size), style=style)


def _empty(like: Pixels, style: Style) -> Pixels:
    frame = like.copy()
    frame[:] = style.ground
    return frame

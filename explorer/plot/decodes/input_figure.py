"""A sheet of the user's own inputs: the steps that fitted each to the data, its reconstruction, and nearest samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.latent.codes.encode_input import EncodedInput
from explorer.latent.steps import Absent
from explorer.plot.decodes.sheets import MARGIN, DrawingSheet
from explorer.plot.figures import TEXT_PIXELS
from explorer.plot.samples import canvas_of
from explorer.rendering.differences import DIFFERENCE_RANGE, ON_DARK, ON_LIGHT, draw_difference
from explorer.rendering.drawing import Drawing
from explorer.rendering.render import draw

NEAREST = 3
"""Number of nearest samples that are shown."""
MAX_LETTERS = 0.14
"""Letters of a caption per pixel of the side of a picture."""


@dataclass(frozen=True, eq=False)
class ShownInput:
    """An encoded input with its name, and the nearest samples ``(k, *shape)`` in their own units."""

    name: str
    encoded: EncodedInput
    real: NDArray[Any]


def input_sheet(
    inputs: Sequence[ShownInput], description: Description, side: int, *, dark: bool = False
) -> DrawingSheet:
    """Return a sheet with a row for each input, each picture at most ``side`` × ``side`` pixels."""
    rows = [_row(one, description, side, dark) for one in inputs]
    columns = max(len(row) for row in rows)
    cells: list[tuple[Drawing | None, str]] = []
    for row in rows:
        # Inputs differ in their steps, and each must begin a new row.
        free: list[tuple[Drawing | None, str]] = [(None, "")] * (columns - len(row))
        cells += [*row, *free]
    drawings, captions = zip(*cells, strict=True)
    most = _most(side)
    short = tuple(text if len(text) <= most else f"{text[: most - 1]}…" for text in captions)
    return DrawingSheet(drawings, short, columns, side, 0 if description.kind == "image" else MARGIN)


def _most(side: int) -> int:
    """Return the maximum number of letters in a caption."""
    return max(8, int(side * MAX_LETTERS))


def _row(shown: ShownInput, description: Description, side: int, dark: bool) -> list[tuple[Drawing | None, str]]:
    encoded, fitted = shown.encoded, shown.encoded.fitted
    cells: list[tuple[Drawing | None, str]] = []
    # Signals of another length than the samples have no axis to be drawn along.
    if description.kind == "image" and fitted.given is not None:
        cells.append((_draw(fitted.given, description, side), shown.name))
        cells += [(_draw(step.after, description, side), step.name) for step in fitted.steps if step.applied]
    cells.append((_draw(fitted.sample, description, side), "input" if cells else shown.name))
    cells.append((_draw(encoded.reconstruction, description, side), "decoded"))
    if description.kind == "image":
        canvas = canvas_of(side, side, TEXT_PIXELS, whole_factors=True)
        difference = draw_difference(encoded.difference, canvas, ON_DARK if dark else ON_LIGHT)
        cells.append((difference, f"difference {DIFFERENCE_RANGE}"))
    if isinstance(encoded.near, Absent):
        return cells
    for number, sample in enumerate(shown.real[:NEAREST]):
        label = description.class_name(int(encoded.near.labels[number]))
        index = int(encoded.near.index[number])
        full = f"sample {index}: {label}" if label else f"sample {index}"
        # Leave out the word "sample" rather than cut off the class, which is more useful.
        cells.append((_draw(sample, description, side), full if len(full) <= _most(side) else f"{index}: {label}"))
    return cells


def _draw(sample: NDArray[np.generic], description: Description, side: int) -> Drawing:
    room = max(1, side - (0 if description.kind == "image" else 2 * MARGIN))
    return draw(sample, description, canvas_of(room, room, TEXT_PIXELS, whole_factors=True))

"""Corruption painted by hand: a layer stores the brush of each pixel, and `paint_over` applies the brushes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from explorer.data.corruption import HIDDEN, PICTURE_EXTREMES

Layer = NDArray[np.uint8]
"""``(H, W)``: for each pixel the number of its last brush, counted from 1 in the order of `BRUSHES`; 0 for none."""

NOISE_DEVIATION = 0.5
"""Standard deviation of the noise brush, in model values: enough to hide a stroke of a digit."""

_Touch = Callable[[Tensor, Generator], Tensor]


@dataclass(frozen=True)
class Brush:
    """A brush; ``touch`` returns a whole picture (C, H, W) with the effect of the brush on every pixel."""

    name: str
    tip: str
    touch: _Touch


BRUSHES: dict[str, Brush] = {}
"""The brushes by name, in the order of the numbers in a `Layer`."""


def blank(shape: tuple[int, ...]) -> Layer:
    """Return an empty layer for a picture ``(C, H, W)``."""
    return np.zeros(shape[-2:], np.uint8)


def brush_number(brush: str) -> int:
    """Return the number of a brush in a `Layer`; 0 for "", which erases."""
    return 1 + list(BRUSHES).index(brush) if brush else 0


def stroke(layer: Layer, value: int, start: tuple[float, float], end: tuple[float, float], size: float) -> Layer:
    """Return a copy of a layer with a straight line drawn by a round brush.

    Parameters
    ----------
    value
        New value of the painted pixels: the number of a brush, or 0 to erase.
    start, end
        (x, y) in pixels, with the centre of the first pixel at (0.5, 0.5); they may lie outside the picture.
    size
        Diameter of the brush in pixels. The pixels under both ends are always painted, however small the brush.
    """
    result = layer.copy()
    # Only the pixels around the line: a canvas may be much larger than a stroke.
    top, left = (max(0, int(min(start[axis], end[axis]) - size / 2) - 1) for axis in (1, 0))
    bottom, right = (max(0, int(max(start[axis], end[axis]) + size / 2) + 2) for axis in (1, 0))
    part = result[top:bottom, left:right]
    rows, columns = np.indices(part.shape) + 0.5
    rows, columns = rows + top, columns + left
    (x, y), (along_x, along_y) = start, (end[0] - start[0], end[1] - start[1])
    length = along_x**2 + along_y**2  # squared; 0 for a single click
    # Project each pixel onto the line; clipping the projection to its ends makes them round.
    share = ((columns - x) * along_x + (rows - y) * along_y) / length if length else np.zeros(part.shape)
    share = share.clip(0, 1)
    near = np.hypot(columns - x - share * along_x, rows - y - share * along_y) <= size / 2
    for point in (start, end):
        near |= (np.floor(point[0]) == np.floor(columns)) & (np.floor(point[1]) == np.floor(rows))
    part[near] = value
    return result


def paint_over(x: Tensor, layer: Layer, generator: Generator) -> tuple[Tensor, Tensor]:
    """Return a picture ``(C, H, W)`` of model values with a layer applied, and a mask of the hidden pixels (C, H, W).

    ``generator`` is a CPU generator. The noise of a pixel does not depend on the rest of the layer.
    """
    touched = torch.from_numpy(layer).to(x.device)
    result, hidden = x, torch.zeros_like(x, dtype=torch.bool)
    for number, brush in enumerate(BRUSHES.values(), start=1):
        painted = (touched == number).expand_as(x)
        # Every brush draws for the whole picture, so that painting one pixel does not change the noise of another.
        result = torch.where(painted, brush.touch(x, generator), result)
        if brush.name == "mask":
            hidden = painted
    return result, hidden


def _brush(name: str, tip: str) -> Callable[[_Touch], _Touch]:
    def enter(touch: _Touch) -> _Touch:
        BRUSHES[name] = Brush(name, tip, touch)
        return touch

    return enter


@_brush("noise", "Paint normal noise with a standard deviation of 0.5")
def _noise(x: Tensor, generator: Generator) -> Tensor:
    return x + NOISE_DEVIATION * torch.randn(x.shape, generator=generator).to(x.device)


@_brush("stain", "Paint stains with the highest value")
def _stain(x: Tensor, generator: Generator) -> Tensor:
    return torch.full_like(x, PICTURE_EXTREMES[1])


@_brush("mask", "Hide pixels by the value 0")
def _mask(x: Tensor, generator: Generator) -> Tensor:
    return torch.full_like(x, HIDDEN)

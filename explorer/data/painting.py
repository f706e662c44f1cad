"""Corruption by hand: which brush has touched which pixel of a picture, and what that makes of it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from explorer.data.corruption import HIDDEN, PICTURE_EXTREMES

Layer = NDArray[np.uint8]
"""A picture's ``(H, W)``: the brush that touched each pixel last, by its place in `BRUSHES`, 0 for none."""

NOISE_DEVIATION = 0.5
"""Of the noise brush, in model values: enough to drown a stroke of a digit."""

_Touch = Callable[[Tensor, Generator], Tensor]


@dataclass(frozen=True)
class Brush:
    """What a brush does to the pixels that it touches; ``touch`` gives a whole picture (C, H, W) done so."""

    name: str
    tip: str
    touch: _Touch


BRUSHES: dict[str, Brush] = {}
"""The brushes by name, in the order of a `Layer`'s numbers."""


def blank(shape: tuple[int, ...]) -> Layer:
    """Return the layer of a picture ``(C, H, W)`` that nothing has touched."""
    return np.zeros(shape[-2:], np.uint8)


def stroke(layer: Layer, brush: str, start: tuple[float, float], end: tuple[float, float], size: float) -> Layer:
    """Draw a straight line with a round brush; gives a new layer.

    Parameters
    ----------
    brush
        A name of `BRUSHES`, or "" to rub out.
    start, end
        (x, y) in pixels, the first pixel's middle at (0.5, 0.5); they may lie outside of the picture.
    size
        The brush's diameter in pixels. The pixel under each end is always touched, however small the brush.
    """
    rows, columns = np.indices(layer.shape) + 0.5
    (x, y), (along_x, along_y) = start, (end[0] - start[0], end[1] - start[1])
    length = along_x**2 + along_y**2
    share = ((columns - x) * along_x + (rows - y) * along_y) / length if length else np.zeros(layer.shape)
    share = share.clip(0, 1)
    near = np.hypot(columns - x - share * along_x, rows - y - share * along_y) <= size / 2
    for place in (start, end):
        near |= (np.floor(place[0]) == np.floor(columns)) & (np.floor(place[1]) == np.floor(rows))
    result = layer.copy()
    result[near] = 1 + list(BRUSHES).index(brush) if brush else 0
    return result


def paint_over(x: Tensor, layer: Layer, generator: Generator) -> tuple[Tensor, Tensor]:
    """Return a picture ``(C, H, W)`` of model values as a layer makes it, and the pixels that it hides, bool (C, H, W).

    ``generator`` is on the CPU; the noise of a pixel does not depend on what else is painted.
    """
    touched = torch.from_numpy(layer).to(x.device)
    result, hidden = x, torch.zeros_like(x, dtype=torch.bool)
    for number, brush in enumerate(BRUSHES.values(), start=1):
        places = (touched == number).expand_as(x)
        result = torch.where(places, brush.touch(x, generator), result)
        if brush.name == "mask":
            hidden = places
    return result, hidden


def _brush(name: str, tip: str) -> Callable[[_Touch], _Touch]:
    def enter(touch: _Touch) -> _Touch:
        BRUSHES[name] = Brush(name, tip, touch)
        return touch

    return enter


@_brush("noise", "Paint normal noise with a standard deviation of 0.5")
def _noise(x: Tensor, generator: Generator) -> Tensor:
    return x + NOISE_DEVIATION * torch.randn(x.shape, generator=generator).to(x.device)


@_brush("stain", "Paint stains: the highest value")
def _stain(x: Tensor, generator: Generator) -> Tensor:
    return torch.full_like(x, PICTURE_EXTREMES[1])


@_brush("mask", "Hide what you paint over: the value 0")
def _mask(x: Tensor, generator: Generator) -> Tensor:
    return torch.full_like(x, HIDDEN)

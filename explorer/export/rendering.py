"""One renderer per kind of data: whatever draws a sample or a decode comes through `render`."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description

Pixels = NDArray[np.uint8]
"""A picture ``(height, width, 3)``."""

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Style:
    """The colours of a drawing, and the size of its text in pixels."""

    ground: Colour
    text: Colour
    muted: Colour
    line: Colour
    accent: Colour
    font_size: int = 13


LIGHT = Style((255, 255, 255), (27, 31, 38), (102, 112, 125), (216, 221, 228), (31, 111, 235))
DARK = Style((27, 30, 36), (230, 232, 235), (139, 149, 163), (47, 53, 63), (91, 157, 255))

Renderer = Callable[[NDArray[Any], Description, tuple[int, int], NDArray[Any] | None, Style], Pixels]

_RENDERERS: dict[str, Renderer] = {}
_MODULES = ("pictures", "vectors")


def renders(kind: str) -> Callable[[Renderer], Renderer]:
    """Enter the decorated function as the renderer of one kind of data."""

    def enter(renderer: Renderer) -> Renderer:
        _RENDERERS[kind] = renderer
        return renderer

    return enter


def render(
    sample: NDArray[Any],
    description: Description,
    *,
    size: tuple[int, int] = (320, 320),
    real: NDArray[Any] | None = None,
    style: Style = LIGHT,
) -> Pixels:
    """Draw one sample or decode.

    Parameters
    ----------
    sample
        ``description.shape``, in the samples' own units.
    size
        Width and height in pixels; pictures keep their proportions within it and may come out smaller.
    real
        The real sample that ``sample`` is the decode of; vectors draw it beneath. Pictures ignore it.

    Returns
    -------
    uint8 ``(height, width, 3)``.
    """
    if description.kind not in _RENDERERS:
        for module in _MODULES:
            import_module(f"explorer.export.{module}")
    return _RENDERERS[description.kind](sample, description, size, real, style)

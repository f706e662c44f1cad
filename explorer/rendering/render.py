"""One renderer per kind of data: every sample and decode, in the window and in files, is drawn through `draw`."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.rendering.drawing import Canvas, Drawing
from explorer.rendering.painting import font_of, paint
from explorer.rendering.style import LIGHT, Pixels, Style

Renderer = Callable[[NDArray[Any], Description, Canvas, NDArray[Any] | None], Drawing]

MARGIN = 8
"""Pixels around a drawing in a file; a picture has none."""

_RENDERERS: dict[str, Renderer] = {}
_MODULES = {"image": "pictures", "signal": "signals", "vector": "values", "text": "terms"}


def renders(kind: str) -> Callable[[Renderer], Renderer]:
    """Enter the decorated function as the renderer of one kind of data."""

    def enter(renderer: Renderer) -> Renderer:
        _RENDERERS[kind] = renderer
        return renderer

    return enter


def kind_of(description: Description) -> str:
    """Return the renderer's name for a data set: its kind, or ``"signal"`` for a vector along an axis."""
    return "signal" if description.kind == "vector" and description.axis is not None else description.kind


def draw(sample: NDArray[Any], description: Description, canvas: Canvas, real: NDArray[Any] | None = None) -> Drawing:
    """Draw one sample or decode, to be painted.

    Parameters
    ----------
    sample
        ``description.shape``, in the samples' own units.
    real
        The real sample that ``sample`` is the decode of: signals and named values show both. Pictures ignore it.
    """
    kind = kind_of(description)
    if kind not in _RENDERERS and kind in _MODULES:
        import_module(f"explorer.rendering.{_MODULES[kind]}")
    return _RENDERERS[kind](sample, description, canvas, real)


def render(
    sample: NDArray[Any],
    description: Description,
    *,
    size: tuple[int, int] = (320, 320),
    real: NDArray[Any] | None = None,
    style: Style = LIGHT,
) -> Pixels:
    """Draw one sample or decode as pixels; see `draw`.

    Parameters
    ----------
    size
        Width and height in pixels that it may take; small pictures are enlarged by whole factors.

    Returns
    -------
    uint8 ``(height, width, 3)``.
    """
    font = font_of(style.font_size)
    _, top, _, bottom = font.getbbox("Áy")
    margin = 0 if description.kind == "image" else MARGIN
    width, height = (max(1, side - 2 * margin) for side in size)
    canvas = Canvas(width, height, bottom - top, font.getlength, whole_factors=True)
    return _framed(paint(draw(sample, description, canvas, real), style), margin, style)


def _framed(pixels: Pixels, margin: int, style: Style) -> Pixels:
    height, width, _ = pixels.shape
    framed = np.empty((height + 2 * margin, width + 2 * margin, 3), np.uint8)
    framed[:] = style.ground
    framed[margin : margin + height, margin : margin + width] = pixels
    return framed

"""One renderer per kind of data; the window and files draw every sample and decode through `draw`.

1. `kind_of` names the renderer of a data set.
2. `draw` imports the module of this renderer at its first use; importing it registers the renderer (`renders`).
3. The renderer returns a `Drawing`. `render` also paints it as pixels; the window paints it with Qt.
"""

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
"""Margin around a drawing in a file, in pixels; pictures have none."""

_RENDERERS: dict[str, Renderer] = {}
_MODULES = {"image": "pictures", "signal": "signals", "vector": "values", "text": "terms"}


def renders(kind: str) -> Callable[[Renderer], Renderer]:
    """Register the decorated function as the renderer of one kind of data."""

    def register(renderer: Renderer) -> Renderer:
        _RENDERERS[kind] = renderer
        return renderer

    return register


def kind_of(description: Description) -> str:
    """Return the name of the renderer of a data set: its kind, or ``"signal"`` for a vector along an axis."""
    return "signal" if description.kind == "vector" and description.axis is not None else description.kind


def draw(sample: NDArray[Any], description: Description, canvas: Canvas, real: NDArray[Any] | None = None) -> Drawing:
    """Return the drawing of one sample or decode.

    Parameters
    ----------
    sample
        Array of ``description.shape``, in data units.
    real
        The real sample, if ``sample`` is its decode. Signals, values and terms show both; pictures ignore it.
    """
    kind = kind_of(description)
    if kind not in _RENDERERS and kind in _MODULES:
        # Imported at first use, as the renderers import this module to register themselves.
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
    """Return one sample or decode as pixels; see `draw`.

    Parameters
    ----------
    size
        Maximum width and height in pixels; small pictures are enlarged by whole factors.

    Returns
    -------
    uint8 ``(height, width, 3)``.
    """
    font = font_of(style.font_size)
    # Letters with an accent and a descender: the height of every line.
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

"""One renderer per kind of data: every sample and every decode in the window is drawn through `render_sample`."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from numpy.typing import NDArray
from PySide6.QtGui import QImage

from explorer.data.dataset import Description
from explorer.ui.theme import Theme


@dataclass(frozen=True)
class Canvas:
    """What to draw on: colours, the longest side in logical pixels, and how many real pixels one of them has."""

    theme: Theme
    size: int
    ratio: float = 1.0


Renderer = Callable[[NDArray[Any], Description, Canvas, NDArray[Any] | None], QImage]

_RENDERERS: dict[str, Renderer] = {}
_MODULES = {"image": "picture_renderer", "signal": "signal_renderer", "vector": "values_renderer"}


def renders(kind: str) -> Callable[[Renderer], Renderer]:
    """Enter the decorated function as the renderer of one kind of data."""

    def enter(renderer: Renderer) -> Renderer:
        _RENDERERS[kind] = renderer
        return renderer

    return enter


def kind_of(description: Description) -> str:
    """Give the renderer's name for a data set: its kind, or ``"signal"`` for a vector along an axis."""
    return "signal" if description.kind == "vector" and description.axis is not None else description.kind


def render_sample(
    values: NDArray[Any],
    description: Description,
    theme: Theme,
    size: int,
    ratio: float = 1.0,
    *,
    over: NDArray[Any] | None = None,
) -> QImage:
    """Draw one sample or decode.

    Parameters
    ----------
    values
        ``description.shape``, in the samples' own units.
    size
        The longest side in logical pixels; proportions are kept.
    ratio
        The screen's device pixel ratio; the image carries it.
    over
        The real sample that ``values`` is the decode of: signals and named values show both. Pictures ignore it.
    """
    kind = kind_of(description)
    if kind not in _RENDERERS and kind in _MODULES:
        import_module(f"explorer.ui.decode.{_MODULES[kind]}")
    return _RENDERERS[kind](values, description, Canvas(theme, max(1, size), ratio), over)

"""Overlays of a plane as arrays: their numbers, for others to compute with or to draw."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import OverlayResult

_LOOKS = frozenset(
    {"ink", "opacity", "width", "dashed", "dash_dotted", "filled", "halo", "in_pixels", "bold", "labels"}
)
"""What is for the painter alone."""


def arrays_of(laid: Mapping[str, OverlayResult]) -> dict[str, NDArray[Any]]:
    """Return the numbers of overlays by name: ``NAME.values``, ``NAME.box`` (left, right, bottom, top), and so on.

    An overlay of several parts has a number in each name: ``NAME.0.values``. Rows of cells begin at the bottom.
    """
    found: dict[str, NDArray[Any]] = {}
    for name, one in laid.items():
        for number, part in enumerate(one.parts):
            head = name if len(one.parts) == 1 else f"{name}.{number}"
            found.update(_named(head, part))
        found.update({f"{name}.{number}": values for number, values in one.numbers.items()})
        if one.words:
            found[f"{name}.words"] = np.array(one.words)
    return found


def box_array(box: Box) -> NDArray[np.float64]:
    """Return left, right, bottom and top."""
    return np.array([box.left, box.right, box.bottom, box.top])


def _named(head: str, value: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    for field in fields(value):
        if field.name not in _LOOKS:
            yield from _arrays(f"{head}.{field.name}", getattr(value, field.name))


def _arrays(name: str, value: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    if isinstance(value, Box):
        yield name, box_array(value)
    elif is_dataclass(value):
        yield from _named(name, value)
    elif _are_alike(value):
        yield name, np.stack(value)
    elif isinstance(value, tuple) and value and (is_dataclass(value[0]) or isinstance(value[0], np.ndarray)):
        for number, one in enumerate(value):
            yield from _arrays(f"{name}.{number}", one)
    elif value is not None:
        yield name, np.asarray(value)


def _are_alike(value: Any) -> bool:
    """Whether it is arrays of one shape, which make one array."""
    return (
        isinstance(value, tuple)
        and bool(value)
        and all(isinstance(one, np.ndarray) and one.shape == value[0].shape for one in value)
    )

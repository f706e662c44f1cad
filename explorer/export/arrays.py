"""NumPy files: arrays by name, and the numbers of overlays."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import OverlayResult
from explorer.runs.files import replace_file

_STYLE_FIELDS = frozenset(
    {"ink", "opacity", "width", "dashed", "dash_dotted", "filled", "halo", "in_pixels", "bold", "labels"}
)
"""Fields of overlay parts that only determine their look."""
_KEYS = {"points": "places"}
"""Names of fields in a file, where they differ: saved files and the scripts that read them keep their names."""


def save_array(path: Path, array: NDArray[Any]) -> None:
    """Write one array as .npy; an existing file is replaced only by a complete one."""

    def write(part: Path) -> None:
        with part.open("wb") as file:
            # Never pickled: loading a pickle runs code.
            np.save(file, array, allow_pickle=False)

    replace_file(path, write)


def save_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays by name as a compressed .npz; an existing file is replaced only by a complete one."""

    def write(part: Path) -> None:
        with part.open("wb") as file:
            # Given a path instead of a file, NumPy would append ".npz" to the temporary name.
            np.savez_compressed(file, **arrays)

    replace_file(path, write)


def arrays_of(results: Mapping[str, OverlayResult]) -> dict[str, NDArray[Any]]:
    """Return the numbers of overlays by name, such as ``NAME.values`` and ``NAME.box`` (left, right, bottom, top).

    The names of an overlay with several parts contain the number of the part: ``NAME.0.values``. The first row of
    cells is the lowest one.
    """
    found: dict[str, NDArray[Any]] = {}
    for name, one in results.items():
        for number, part in enumerate(one.parts):
            head = name if len(one.parts) == 1 else f"{name}.{number}"
            found.update(_named(head, part))
        found.update({f"{name}.{number}": values for number, values in one.numbers.items()})
        if one.words:
            found[f"{name}.words"] = np.array(one.words)
    return found


def box_array(box: Box) -> NDArray[np.float64]:
    """Return left, right, bottom and top as an array ``(4,)``."""
    return np.array([box.left, box.right, box.bottom, box.top])


def _named(head: str, value: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    for field in fields(value):
        if field.name not in _STYLE_FIELDS:
            yield from _arrays(f"{head}.{_KEYS.get(field.name, field.name)}", getattr(value, field.name))


def _arrays(name: str, value: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    if isinstance(value, Box):
        yield name, box_array(value)
    elif is_dataclass(value):
        yield from _named(name, value)
    # Arrays of one shape become one array, which is easier to use than a numbered list.
    elif _is_stackable(value):
        yield name, np.stack(value)
    # Parts of different shapes are numbered: NAME.0, NAME.1, …
    elif isinstance(value, tuple) and value and (is_dataclass(value[0]) or isinstance(value[0], np.ndarray)):
        for number, one in enumerate(value):
            yield from _arrays(f"{name}.{number}", one)
    elif value is not None:
        yield name, np.asarray(value)


def _is_stackable(value: Any) -> bool:
    """Return whether a value is a tuple of arrays of one shape, which can be stacked."""
    return (
        isinstance(value, tuple)
        and bool(value)
        and all(isinstance(one, np.ndarray) and one.shape == value[0].shape for one in value)
    )

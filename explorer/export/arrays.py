"""Arrays as NumPy files: any by name, the codes of a data set, and the numbers of a plane's overlays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import OverlayResult
from explorer.runs.files import replace_file
from explorer.runs.latents import Latents

_LOOKS = frozenset(
    {"ink", "opacity", "width", "dashed", "dash_dotted", "filled", "halo", "in_pixels", "bold", "labels"}
)
"""What is for the painter alone."""


def save_array(path: Path, array: NDArray[Any]) -> None:
    """Write one array as .npy, whole or not at all."""

    def write(part: Path) -> None:
        with part.open("wb") as file:
            np.save(file, array, allow_pickle=False)

    replace_file(path, write)


def save_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays by name as a compressed .npz, whole or not at all."""

    def write(part: Path) -> None:
        with part.open("wb") as file:
            np.savez_compressed(file, **arrays)

    replace_file(path, write)


def save_codes(path: Path, codes: Latents, class_names: Sequence[str] = (), sample_names: Sequence[str] = ()) -> None:
    """Write arrays mean, log_variance, labels, index, split and class_names as .npz.

    ``log_variance`` is left out for a point posterior, ``labels`` and ``class_names`` for data without labels; for
    posteriors of full covariance there is ``scale_tril``, the lower triangular L of L·Lᵀ. Where samples have
    names of their own, such as words, there is ``names``.
    """
    arrays: dict[str, Any] = {"mean": codes.mean, "index": codes.index, "split": codes.split}
    if codes.log_variance is not None:
        arrays["log_variance"] = codes.log_variance
    if codes.scale_tril is not None:
        arrays["scale_tril"] = codes.scale_tril
    if codes.labels is not None:
        arrays |= {"labels": codes.labels, "class_names": np.array(class_names, dtype=np.str_)}
    if sample_names:
        arrays["names"] = np.array([sample_names[sample] for sample in codes.index], dtype=np.str_)
    save_arrays(path, arrays)


def arrays_of(results: Mapping[str, OverlayResult]) -> dict[str, NDArray[Any]]:
    """Return the numbers of overlays by name: ``NAME.values``, ``NAME.box`` (left, right, bottom, top), and so on.

    An overlay of several parts has a number in each name: ``NAME.0.values``. Rows of cells begin at the bottom.
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

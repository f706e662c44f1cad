"""The numbers of a path: arrays by name, and one row per step as a table."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.export.arrays import save_arrays
from explorer.export.tables import save_table
from explorer.latent.paths.path_answer import NearestSamples, PathAnswer, PathRow

SECOND = "second."
"""Prefix of the names of the arrays of the second method."""
STEP_HEADS = (
    "decoded_distance", "off_manifold_error", "density", "class", "nearest_sample", "nearest_distance", "near_data"
)  # fmt: skip


def save_path_arrays(path: Path, answer: PathAnswer, description: Description) -> None:
    """Write a path as .npz; the arrays of a second method have the same names after `SECOND`.

    ``t`` (steps + 1,), ``z`` (steps + 1, latent_dim), ``decode`` (steps + 1, *shape) in the samples' own units,
    ``decoded_distance`` (steps,), ``knots`` (waypoints,), and the measures ``off_manifold_error``, ``density``,
    ``class``, ``nearest_sample``, ``nearest_distance`` and ``near_data`` (steps + 1,) as far as they are defined.
    """
    arrays: dict[str, Any] = {"t": answer.t, "decoded_length_unit": np.array(answer.unit)}
    # Lengths are judged relative to the straight line, which need not be among the methods.
    arrays["straight_length"] = np.array(answer.straight_length)
    if description.class_names:
        arrays["class_names"] = np.array(description.class_names, dtype=np.str_)
    # Without prefix if only the second method is defined: it is the only one.
    for number, row in enumerate(row for row in answer.rows if isinstance(row, PathRow)):
        arrays |= {(SECOND if number else "") + name: value for name, value in _arrays(row).items()}
    save_arrays(path, arrays)


def save_path_table(path: Path, answer: PathAnswer, description: Description) -> None:
    """Write a path as CSV: one row per method and step, with the code and the measures; unknown values are empty."""
    rows = [row for row in answer.rows if isinstance(row, PathRow)]
    heads = ["method", "step", "t", *(f"z{axis + 1}" for axis in range(rows[0].z.shape[1])), *STEP_HEADS]
    save_table(path, heads, (cells for row in rows for cells in _table_rows(row, answer.t, description.class_names)))


def _arrays(row: PathRow) -> dict[str, NDArray[Any]]:
    named = {
        "method": np.array(row.method), "z": row.z, "decode": row.decodes, "knots": row.curve.knots,
        "decoded_length": np.array(row.length), "decoded_distance": row.distances,
    }  # fmt: skip
    return named | _measures(row)


def _measures(row: PathRow) -> dict[str, NDArray[Any]]:
    """Return the measures that are defined, by name, ``(steps + 1,)`` each."""
    if (found := row.measures) is None:
        return {}
    named: dict[str, Any] = {"off_manifold_error": found.error, "density": found.density, "class": found.classes}
    if isinstance(near := found.nearest, NearestSamples):
        named |= {"nearest_sample": near.samples, "nearest_distance": near.distances, "near_data": near.near}
    return {name: value for name, value in named.items() if isinstance(value, np.ndarray)}


def _table_rows(row: PathRow, t: NDArray[np.float64], class_names: Sequence[str]) -> Iterator[list[Any]]:
    # A distance belongs to the step that ends here, so the first has none.
    columns = _measures(row) | {"decoded_distance": np.array(["", *row.distances.tolist()], object)}
    if (classes := columns.get("class")) is not None:
        columns["class"] = np.array(["" if one < 0 else class_names[one] for one in classes.tolist()], object)
    for step, place in enumerate(t.tolist()):
        cells = [columns[name][step] if name in columns else "" for name in STEP_HEADS]
        yield [row.method, step, place, *row.z[step].tolist(), *cells]

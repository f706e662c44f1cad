"""An attribute vector and its effect on a code, as NumPy arrays and as a table."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from explorer.config import ConfigError
from explorer.export.arrays import save_arrays
from explorer.export.tables import save_table
from explorer.latent.directions.applied_vector import AppliedVector, NearestCodes
from explorer.latent.directions.attribute_vector import AttributeVector
from explorer.latent.steps import Absent


def save_vector_arrays(
    path: Path, values: ArrayLike, vector: AttributeVector | None, applied: AppliedVector | None
) -> None:
    """Write ``values`` ``(latent_dim,)``, the positions and angles of a vector, and the decodes along it, as .npz.

    Positions and distances are in latent units; ``z`` is ``(strengths, latent_dim)``, and ``decodes`` is
    ``(strengths, *shape)`` in the samples' own units. Undefined arrays are left out.
    """
    arrays: dict[str, Any] = {"vector": np.asarray(values, np.float64)}
    if vector is not None:
        for name, group in (("plus", vector.plus), ("minus", vector.minus)):
            arrays |= {f"{name}_samples": group.samples, f"{name}_positions": group.positions}
            arrays[f"{name}_right"] = group.right
        if vector.certainty is not None and not isinstance(vector.certainty.angles, Absent):
            arrays["angles"] = vector.certainty.angles
    if applied is not None:
        arrays |= {"strengths": applied.strengths, "z": applied.codes, "decodes": applied.decodes}
        if isinstance(applied.nearest, NearestCodes):
            nearest = applied.nearest
            arrays |= {"nearest": nearest.samples, "distances": nearest.distances, "no_data": nearest.no_data}
            # The limit of no_data, without which its values could not be checked.
            arrays["typical_distance"] = np.array(nearest.typical)
    save_arrays(path, arrays)


def save_vector_table(path: Path, vector: AttributeVector | None, applied: AppliedVector | None) -> None:
    """Write one row per strength or, without a strip, one per sample of the groups, as CSV.

    Raises
    ------
    ConfigError
        If a kept vector is not applied to anything.
    """
    if applied is not None:
        save_table(path, *_strip_table(applied))
        return
    if vector is None:
        raise ConfigError("a table of a kept vector needs --apply with a sample's index or a code")
    rows = [
        [sample, name, "" if np.isnan(position) else position, "" if np.isnan(position) else int(right)]
        for name, group in (("plus", vector.plus), ("minus", vector.minus))
        for sample, position, right in zip(group.samples, group.positions, group.right, strict=True)
    ]
    save_table(path, ["sample", "group", "position", "right"], rows)


def _strip_table(applied: AppliedVector) -> tuple[list[str], list[list[Any]]]:
    axes = [f"z{axis + 1}" for axis in range(applied.codes.shape[1])]
    nearest, count = applied.nearest, len(applied.strengths)
    # Empty cells where the nearest samples are not known, so that columns stay in place.
    near: list[list[Any]] = [["", "", ""] for _ in range(count)]
    if isinstance(nearest, NearestCodes):
        columns = nearest.samples, nearest.distances, nearest.no_data.astype(int)
        near = [list(row) for row in zip(*columns, strict=True)]
    rows = [
        [strength, *found, *code] for strength, found, code in zip(applied.strengths, near, applied.codes, strict=True)
    ]
    return ["strength", "nearest", "distance", "no_data", *axes], rows

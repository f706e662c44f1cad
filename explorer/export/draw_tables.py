"""Sheets of draws as numbers: codes, decodes, nearest training samples and densities, as NPZ or CSV."""

from pathlib import Path
from typing import Any

from explorer.data.dataset import Description
from explorer.export.arrays import save_arrays
from explorer.export.tables import save_table
from explorer.latent.codes.draw_sheet import SheetDraws
from explorer.latent.steps import Absent


def save_sheet_arrays(path: Path, sheet: SheetDraws) -> None:
    """Write the arrays z, decodes, nearest, distances, samples, classes, log_density and nearness, where defined.

    Each has one row per draw; ``z`` is ``(draws, latent_dim)``, ``decodes`` ``(draws, *shape)`` in the samples' own
    units, and ``log_density`` ``(draws,)`` in nats.
    """
    draws = sheet.draws
    arrays: dict[str, Any] = {
        "z": draws.z,
        "decodes": draws.decodes,
        "nearest": draws.nearest,
        "distances": draws.distances,
        "samples": sheet.samples,
        "classes": sheet.classes,
        "log_density": None if isinstance(sheet.log_density, Absent) else sheet.log_density,
        "nearness": sheet.nearness,
    }
    # Arrays that are not defined are left out: an empty one would look like a result.
    save_arrays(path, {name: values for name, values in arrays.items() if values is not None})


def save_sheet_table(path: Path, description: Description, sheet: SheetDraws) -> None:
    """Write one row per draw: class, log-density in nats, nearest training sample, distances, and z, where defined."""
    draws, density = sheet.draws, sheet.log_density
    # Numbered from 1, as below the pictures of the sheet.
    parts: dict[str, list[Any]] = {"draw": list(range(1, len(draws.z) + 1))}
    if sheet.classes is not None:
        parts["class"] = [description.class_name(int(label)) for label in sheet.classes]
    if not isinstance(density, Absent):
        parts["log_density_nats"] = density.tolist()
    if draws.nearest is not None and draws.distances is not None:
        parts |= {"nearest_sample": draws.nearest.tolist(), "distance": draws.distances.tolist()}
    if sheet.nearness is not None:
        parts |= {"nearness": sheet.nearness.tolist(), "near_copy": [int(one) for one in sheet.is_copy]}
    parts |= {f"z{axis + 1}": values.tolist() for axis, values in enumerate(draws.z.T)}
    save_table(path, list(parts), zip(*parts.values(), strict=True))

"""The numbers of a traversal: as arrays, as a table with one row per decode, and as plain JSON values."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from explorer.export.arrays import save_arrays
from explorer.export.tables import save_table
from explorer.latent.directions.traversal import Direction, TraversalRow
from explorer.latent.directions.traversal_answer import TraversalAnswer
from explorer.latent.steps import Absent


def traversal_json(answer: TraversalAnswer, names: Mapping[int, str]) -> dict[str, Any]:
    """Return a section without its decodes; undefined values are None, with the reason in the notes.

    ``names`` are those of latent dimensions by their index.
    """
    return {
        "section": answer.section,
        "ends": list(answer.ends),
        "keys": list(answer.keys),
        "notes": list(answer.notes),
        "change_unit": answer.change_unit,
        "rows": [_row_json(row, names) for row in answer.rows],
    }


def _row_json(row: TraversalRow, names: Mapping[int, str]) -> dict[str, Any]:
    direction = row.direction
    factor = direction.factor
    return {
        "key": direction.key,
        "name": direction_name(direction, names),
        "kl": _number(direction.kl),
        "variance_share": _number(direction.share),
        "change": _number(row.change if isinstance(row.change, Absent) else row.change.value),
        "factor": None if factor is None else factor.name,
        "correlation": None if factor is None else factor.correlation,
        "unit": direction.unit,
        "low": direction.low,
        "probe": direction.centre,
        "high": direction.high,
        "widened": direction.widened,
        "coordinates": row.coordinates.tolist(),
    }


def save_traversal_arrays(path: Path, answers: Sequence[TraversalAnswer]) -> None:
    """Write the arrays of all rows as .npz.

    ``key``, ``kl``, ``variance_share`` and ``change`` are ``(rows,)``, with NaN for undefined values;
    ``coordinates`` is ``(rows, steps)``, ``z`` ``(rows, steps, latent_dim)`` and ``decode`` ``(rows, steps, *shape)``.
    """
    rows = [row for answer in answers for row in answer.rows]
    directions = [row.direction for row in rows]
    changes = [row.change if isinstance(row.change, Absent) else row.change.value for row in rows]
    arrays: dict[str, Any] = {
        "key": np.array([direction.key for direction in directions]),
        "kl": np.array([_number(direction.kl) for direction in directions], float),
        "variance_share": np.array([_number(direction.share) for direction in directions], float),
        "change": np.array([_number(change) for change in changes], float),
        # A length without its unit could not be compared with that of another run.
        "change_unit": np.array(answers[0].change_unit),
        "coordinates": np.stack([row.coordinates for row in rows]),
        "z": np.stack([row.codes for row in rows]),
        "decode": np.stack([row.decodes for row in rows]),
        # All sections go through the same code.
        "probe": answers[0].z,
    }
    save_arrays(path, arrays)


def save_traversal_table(path: Path, answers: Sequence[TraversalAnswer], names: Mapping[int, str]) -> None:
    """Write one row per decode as CSV: its direction, coordinate and code; unknown values are empty."""
    about = ["kl", "variance_share", "change", "factor", "correlation"]
    heads = ["section", "key", "name", *about, "step", "coordinate"]
    heads += [f"z{index + 1}" for index in range(len(answers[0].z))]
    cells: list[list[Any]] = []
    for answer in answers:
        for row in answer.rows:
            known = _row_json(row, names)
            first = [answer.section, row.direction.key, known["name"]]
            first += ["" if known[name] is None else known[name] for name in about]
            steps = zip(row.coordinates.tolist(), row.codes.tolist(), strict=True)
            cells += [[*first, step, coordinate, *code] for step, (coordinate, code) in enumerate(steps)]
    save_table(path, heads, cells)


def direction_name(direction: Direction, names: Mapping[int, str]) -> str:
    """Return the name of a direction: the user's for a latent dimension, else its description."""
    # Only latent dimensions have keys of this form.
    own = {f"z{index + 1}": name for index, name in names.items()}
    return own.get(direction.key, "") or direction.words


def _number(value: float | Absent) -> float | None:
    return None if isinstance(value, Absent) else float(value)

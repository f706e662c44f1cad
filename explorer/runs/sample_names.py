"""``names.json``: the names of a run's samples, if there are many, so that the list of runs need not read them.

A list of runs reads each ``run.json``, and 200,000 names would make that take seconds. A few stay in ``run.json``.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from explorer.runs.files import RunError, replace_json

FILE = "names.json"
MAX_INLINE = 1000
"""Maximum number of names in ``run.json``; more are kept in a file of their own."""


def without_names(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description of the data as in ``run.json``: with the number of names instead of many names."""
    names = data["sample_names"]
    # Words of a vocabulary are features as well, and a model of words needs those at once.
    if len(names) <= MAX_INLINE or names == data["feature_names"]:
        return dict(data)
    return {**data, "sample_names": [], "names": len(names)}


def write_names(folder: Path, names: Sequence[str]) -> None:
    """Write the names into a run folder."""
    replace_json(folder / FILE, list(names))


def read_names(folder: Path, count: int) -> tuple[str, ...]:
    """Return the names of a run whose ``run.json`` says their number.

    Raises
    ------
    RunError
        If the file is missing or damaged.
    """
    path = folder / FILE
    try:
        names = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(names, list) or len(names) != count or not all(isinstance(name, str) for name in names):
            raise ValueError(f"it does not contain {count} names")
    except (OSError, ValueError, RecursionError) as error:
        raise RunError(f"{path}: damaged, the names of the samples cannot be read ({error})") from error
    return tuple(names)

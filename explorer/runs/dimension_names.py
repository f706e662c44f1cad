"""Names that the user gives to the latent dimensions of a run, such as "narrow to round", in a small JSON file.

The file is ``dimension_names.json`` in the run's folder, and moves and goes with it. Included runs are read-only: their
names are in the folder `explorer.runs.run_note.NOTES` beside the user's runs, as their notes are.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.config import ConfigError
from explorer.data.reading.limits import RUN_JSON_BYTES
from explorer.runs.files import RunError, read_json, replace_json
from explorer.runs.run_note import NOTES

FILE = "dimension_names.json"
MAX_LETTERS = 80
"""Maximum length of a name."""

DimensionNames = Mapping[int, str]
"""Names by the index of their dimension, from 0; dimensions without a name are missing."""


def names_file(run: Path, folder: Path, *, read_only: bool) -> Path:
    """Return where the names of a run's dimensions are; ``folder`` is that of the user's runs."""
    # In a separate folder: a run may have any name, even that of another run's file of names.
    return folder / NOTES / "dimension_names" / f"{run.name}.json" if read_only else run / FILE


def checked_name(text: str) -> str:
    """Return a name without blanks at its ends and with single blanks inside.

    Raises
    ------
    ConfigError
        If it is longer than 80 letters or has letters that cannot be shown.
    """
    name = " ".join(text.split())
    if len(name) > MAX_LETTERS:
        raise ConfigError(f"the name of a dimension has at most {MAX_LETTERS} letters, not {len(name)}")
    if not name.isprintable():
        raise ConfigError(f"{name!r}: the name of a dimension may not have control characters")
    return name


def read_dimension_names(path: Path, latent_dim: int) -> dict[int, str]:
    """Read the names of dimensions; those that are not valid are left out, and all if the file cannot be read."""
    try:
        value = read_json(path, RUN_JSON_BYTES)
    except (OSError, ValueError):
        return {}
    # Only dimensions that the model has: the file may be of an older run of the same name.
    keys = {f"z{index + 1}": index for index in range(latent_dim)}
    found = value.items() if isinstance(value, dict) else ()
    return {keys[key]: name for key, text in found if key in keys and (name := _valid(text))}


def write_dimension_names(path: Path, names: DimensionNames) -> None:
    """Write the names of dimensions as ``{"z1": "…"}``; without any, remove the file.

    Raises
    ------
    ConfigError
        If a name is not valid.
    RunError
        If the file cannot be written.
    """
    value = {f"z{index + 1}": name for index, text in sorted(names.items()) if (name := checked_name(text))}
    try:
        if not value:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_json(path, value)
    except OSError as error:
        raise RunError(f"{path}: the names of the dimensions cannot be saved ({error.strerror})") from error


def _valid(text: Any) -> str:
    if not isinstance(text, str):
        return ""
    try:
        return checked_name(text)
    except ConfigError:
        return ""

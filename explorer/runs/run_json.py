"""What ``run.json`` leaves to other files of the run's folder: data from memory, and many names of samples.

``data.npz``
    The samples of a run that was trained on data in memory. In ``run.json`` the path of the file begins with ``{run}``,
    since the folder may be renamed, copied or moved. For all other code it is a file like any other; without it the run
    opens as any run whose data is missing.
``names.json``
    The names of the samples, if there are many. A list of runs reads each ``run.json``, and 200,000 names would make
    that take seconds.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from explorer.config import RunConfig, config_from_json, config_to_json, replace
from explorer.runs.files import RunError, replace_json

DATA_FILE = "data.npz"
MAX_BYTES = 1 << 30
"""Larger data in memory is not kept."""
_INSIDE = f"{{run}}/{DATA_FILE}"
NAMES_FILE = "names.json"
MAX_INLINE = 1000
"""Maximum number of names in ``run.json``; more are kept in a file of their own."""


def own_data(folder: Path) -> Path:
    """Return the file in which a run keeps its data."""
    # Absolute, as a program may change its current folder before the data is read.
    return (folder / DATA_FILE).absolute()


def with_own_data(config: RunConfig, folder: Path) -> RunConfig:
    """Return a config whose data is the file in the folder of its run."""
    return replace(config, data=replace(config.data, source=str(own_data(folder))))


def read_config(value: Mapping[str, Any], folder: Path) -> RunConfig:
    """Return the config of ``run.json``, with the path of the run's own data file.

    Raises
    ------
    ConfigError
        If the config is invalid.
    """
    config = config_from_json(value)
    return with_own_data(config, folder) if config.data.source == _INSIDE else config


def config_values(config: RunConfig, folder: Path) -> dict[str, Any]:
    """Return the config as it is written into ``run.json``."""
    if config.data.source == str(own_data(folder)):
        config = replace(config, data=replace(config.data, source=_INSIDE))
    return config_to_json(config)


def without_names(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description of the data as in ``run.json``: with the number of names instead of many names."""
    names = data["sample_names"]
    # Words of a vocabulary are features as well, and a model of words needs those at once.
    if len(names) <= MAX_INLINE or names == data["feature_names"]:
        return dict(data)
    return {**data, "sample_names": [], "names": len(names)}


def write_names(folder: Path, names: Sequence[str]) -> None:
    """Write the names into a run folder."""
    replace_json(folder / NAMES_FILE, list(names))


def read_names(folder: Path, count: int) -> tuple[str, ...]:
    """Return the names of a run whose ``run.json`` says their number.

    Raises
    ------
    RunError
        If the file is missing or damaged.
    """
    path = folder / NAMES_FILE
    try:
        names = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(names, list) or len(names) != count or not all(isinstance(name, str) for name in names):
            raise ValueError(f"it does not contain {count} names")
    except (OSError, ValueError, RecursionError) as error:
        raise RunError(f"{path}: damaged, the names of the samples cannot be read ({error})") from error
    return tuple(names)

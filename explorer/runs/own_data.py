"""``data.npz``: the samples of a run that was trained on data in memory, kept in its folder.

In ``run.json`` the path of the file begins with ``{run}``, since the folder may be renamed, copied or moved. For all
other code it is a file like any other; without it the run opens as any run whose data is missing.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.config import RunConfig, config_from_json, config_to_json, replace

FILE = "data.npz"
MAX_BYTES = 1 << 30
"""Larger data in memory is not kept."""
_INSIDE = f"{{run}}/{FILE}"


def own_data(folder: Path) -> Path:
    """Return the file in which a run keeps its data."""
    # Absolute, as a program may change its current folder before the data is read.
    return (folder / FILE).absolute()


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

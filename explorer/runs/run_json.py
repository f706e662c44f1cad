"""Parts of ``run.json``: the machine, and what it leaves to other files: data from memory, many names of samples.

``data.npz``
    The samples of a run that was trained on data in memory. In ``run.json`` the path of the file begins with ``{run}``,
    since the folder may be renamed, copied or moved. For all other code it is a file like any other; without it the run
    opens as any run whose data is missing.
``names.json``
    The names of the samples, if there are many. A list of runs reads each ``run.json``, and 200,000 names would make
    that take seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.config import RunConfig, config_from_json, config_to_json, replace
from explorer.data.reading.limits import RUN_JSON_BYTES
from explorer.runs.files import RunError, read_json, replace_json

FORMAT_VERSION = 1
DATA_FILE = "data.npz"
MAX_BYTES = 1 << 30
"""Larger data in memory is not kept."""
_INSIDE = f"{{run}}/{DATA_FILE}"
NAMES_FILE = "names.json"
MAX_INLINE = 1000
"""Maximum number of names in ``run.json``; more are kept in a file of their own."""
MAX_THREADS = 1024
"""Maximum of ``machine.threads`` in a readable run.json."""


@dataclass(frozen=True)
class Machine:
    """What the weights depend on besides the config; ``threads`` is the number in use, never 0."""

    device: str = "cpu"
    threads: int = 1
    precision: str = "float32"


def machine_from_json(value: Mapping[str, Any]) -> Machine:
    """Rebuild what a run says of its machine.

    Raises
    ------
    ValueError
        For a value of another type, or an impossible number of threads.
    """
    if not isinstance(value, Mapping) or not {*value} <= {*Machine.__dataclass_fields__}:
        raise ValueError(f"machine must be an object with {', '.join(Machine.__dataclass_fields__)}")
    machine = Machine(**value)
    for name, wanted in (("device", str), ("threads", int), ("precision", str)):
        if type(getattr(machine, name)) is not wanted:
            raise ValueError(f"machine.{name} is {str(getattr(machine, name))[:100]}")
    if not 1 <= machine.threads <= MAX_THREADS:
        raise ValueError(f"machine.threads is {machine.threads}; it must lie between 1 and {MAX_THREADS}")
    return machine


def read_header(folder: Path) -> dict[str, Any]:
    """Return the content of ``run.json``; config, data and machine are not checked yet.

    Raises
    ------
    RunError
        If the folder is not a run, or its run.json is damaged or has another format.
    """
    file = folder / "run.json"
    try:
        header = read_json(file, RUN_JSON_BYTES)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RunError(f"{folder}: not a run; a run is a folder with a run.json") from error
    except RunError:
        raise
    except (OSError, ValueError) as error:
        raise RunError(f"{file}: damaged, cannot be read ({error})") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT_VERSION:
        found = str(header.get("format"))[:20] if isinstance(header, dict) else None
        raise RunError(f"{file}: has format {found}, but this program reads format {FORMAT_VERSION}")
    versions, created = header.get("versions", {}), header.get("created")
    if not isinstance(versions, Mapping):
        raise RunError(f"{file}: damaged, its versions are not an object")
    return {
        **header,
        "versions": {name[:100]: str(one)[:100] for name, one in versions.items()},
        "created": created[:100] if isinstance(created, str) else "",
    }


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
        names = read_json(path, RUN_JSON_BYTES)
        if not isinstance(names, list) or len(names) != count or not all(isinstance(name, str) for name in names):
            raise ValueError(f"it does not contain {count} names")
    except RunError:
        raise
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: damaged, the names of the samples cannot be read ({error})") from error
    return tuple(names)

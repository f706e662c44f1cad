"""Creates, lists, renames and deletes run directories."""

import platform
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch

from explorer.config import RunConfig
from explorer.data.dataset import Description, description_to_json
from explorer.runs.files import RunError, replace_json
from explorer.runs.run_directory import RunDirectory, open_run
from explorer.runs.run_group import RunGroup, group_to_json
from explorer.runs.run_json import FORMAT_VERSION, NAMES_FILE, Machine, config_values, without_names, write_names
from explorer.version import __version__


def create_run(
    path: Path,
    config: RunConfig,
    description: Description,
    machine: Machine,
    *,
    overwrite: bool = False,
    group: RunGroup | None = None,
) -> RunDirectory:
    """Create a run directory; ``group`` is the experiment that the run belongs to, if any.

    Raises
    ------
    RunError
        If ``path`` exists and ``overwrite`` is False, or what exists is not a run.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        if not overwrite:
            raise RunError(f"{path}: already exists; choose another name, or replace it with --overwrite")
        remove_run(path)
    data = description_to_json(description)
    header: dict[str, Any] = {
        "format": FORMAT_VERSION,
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "config": config_values(config, path),
        "data": without_names(data),
        "machine": {"device": machine.device, "threads": machine.threads, "precision": machine.precision},
        "versions": {
            "latent-explorer": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
    }
    if group is not None:
        header["group"] = group_to_json(group)
    try:
        path.mkdir(parents=True, exist_ok=True)
        if "names" in header["data"]:
            write_names(path, data["sample_names"])
        replace_json(path / "run.json", header)
        run = RunDirectory(path, header)
        run.set_status("new")
    except OSError as error:
        with suppress(OSError):  # an incomplete folder would block the next attempt
            (path / "run.json").unlink(missing_ok=True)
            (path / NAMES_FILE).unlink(missing_ok=True)
            path.rmdir()
        raise RunError(f"{path}: the run cannot be written there ({error.strerror})") from error
    return run


def list_runs(folder: Path) -> list[Path]:
    """Return the paths of the runs in a folder, newest first."""
    found = [path.parent for path in folder.glob("*/run.json")] if folder.is_dir() else []
    return sorted(found, key=lambda path: (-_modified(path / "run.json"), path.name))


def rename_run(path: Path, name: str) -> Path:
    """Rename the folder of a run and return its new path.

    Raises
    ------
    RunError
        If the name is taken or not a valid folder name, or the run is read-only or being trained.
    """
    name = name.strip()
    if not name or name in {".", ".."} or any(sign in name for sign in '/\\:*?"<>|') or len(name) > 100:
        raise RunError(f"{name!r} is not a valid name for a run; use letters, digits, spaces and - _ .")
    # Names with separators are refused above, so the new path is in the same folder.
    target = path.with_name(name)
    if target == path:
        return path
    if target.exists():
        raise RunError(f"{target} already exists; choose another name")
    open_run(path).acquire().release()  # fails if a process is writing to the run
    try:
        path.rename(target)
    except OSError as error:
        raise RunError(f"{path}: cannot be renamed ({error.strerror})") from error
    return target


def remove_run(path: Path) -> None:
    """Delete the folder of a run, without asking for confirmation.

    Raises
    ------
    RunError
        If the folder is not a run, ships with the program, or is being trained.
    """
    run = open_run(path)
    run.acquire().release()
    _remove(path)


def _remove(path: Path) -> None:
    try:
        shutil.rmtree(path)
    except OSError as error:
        raise RunError(f"{path}: cannot be deleted ({error.strerror})") from error


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # removed since it was listed, or in a folder that cannot be searched
        return 0.0

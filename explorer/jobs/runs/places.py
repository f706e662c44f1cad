"""Where runs go: ``checkpoints/`` of a clone, or the user's data folder of an installed copy."""

import os
from pathlib import Path

import platformdirs

from explorer import assets

RUNS_VARIABLE = "LATENT_EXPLORER_RUNS"
"""The environment variable that names another folder for runs."""


def runs_folder() -> Path:
    """Return the folder that new runs are made in; it need not be there yet."""
    if chosen := os.environ.get(RUNS_VARIABLE):
        return Path(chosen).expanduser().absolute()
    clone = Path(assets.__file__).resolve().parents[1]
    if (clone / "pyproject.toml").is_file():
        return clone / "checkpoints"
    return platformdirs.user_data_path("latent-explorer", appauthor=False) / "checkpoints"


def free_run_path(folder: Path, name: str) -> Path:
    """Return a path in ``folder`` that nothing has: the name itself, or with a number behind it."""
    path, number = folder / name, 2
    while path.exists():
        path, number = folder / f"{name}-{number}", number + 1
    return path

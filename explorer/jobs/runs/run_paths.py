"""Folders for new runs: ``checkpoints/`` in a clone, or the user's data folder for an installed copy."""

import os
from pathlib import Path

import platformdirs

from explorer import assets

RUNS_VARIABLE = "LATENT_EXPLORER_RUNS"
"""Environment variable that overrides the folder for runs."""


def runs_folder() -> Path:
    """Return the folder for new runs; it may not exist yet."""
    if chosen := os.environ.get(RUNS_VARIABLE):
        return Path(chosen).expanduser().absolute()
    # A wheel has no pyproject.toml next to the package, a clone has.
    clone = Path(assets.__file__).resolve().parents[1]
    if (clone / "pyproject.toml").is_file():
        return clone / "checkpoints"
    return platformdirs.user_data_path("latent-explorer", appauthor=False) / "checkpoints"


def free_run_path(folder: Path, name: str) -> Path:
    """Return an unused path in ``folder``: the name itself, or the name with a number appended."""
    path, number = folder / name, 2
    while path.exists():
        path, number = folder / f"{name}-{number}", number + 1
    return path

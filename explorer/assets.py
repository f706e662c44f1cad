"""Finds the files that ship with the program, in an installed wheel or in a clone; and the folder for new runs."""

import os
from pathlib import Path
from typing import Final

import platformdirs

_PACKAGE: Final = Path(__file__).resolve().parent
_SHIPPED: Final = _PACKAGE / "shipped"


SHIPPED_RUNS: Final = ("mnist-ae", "mnist-vae", "digits-ae", "digits-vae")
"""The first two are open at the first start."""


RUNS_VARIABLE: Final = "LATENT_EXPLORER_RUNS"
"""Environment variable that overrides the folder for runs."""


class AssetError(FileNotFoundError):
    """A file that ships with the program is missing because the installation is damaged."""


def asset(*parts: str) -> Path:
    """Return the path of a file or folder of ``resources/``.

    Parameters
    ----------
    *parts
        The path below ``resources``, for example ``"icons", "fit.svg"``.

    Raises
    ------
    AssetError
        If the installation does not contain it.
    """
    path = _root().joinpath("resources", *parts)
    if not path.exists():
        raise AssetError(f"{path} is missing from the installation; install the program again")
    return path


def guide_folder() -> Path:
    """Return the folder with the pages of the user guide.

    Raises
    ------
    AssetError
        If the installation does not contain it.
    """
    folder = _root() / "docs"
    if not folder.is_dir():
        raise AssetError(f"{folder} is missing from the installation; install the program again")
    return folder


def site_start() -> Path | None:
    """Return the first page of the documentation as a site for browsers, or None if it is not built."""
    start = guide_folder() / "index.html" if _SHIPPED.is_dir() else _PACKAGE.parent / "build" / "site" / "index.html"
    return start if start.is_file() else None


def shipped_runs() -> list[Path]:
    """Return the run directories that ship with the program and exist, in the order in which the window opens them.

    They are read-only by convention: a run that is trained further is written to another folder.
    """
    folders = (_root() / "checkpoints" / name for name in SHIPPED_RUNS)
    return [folder for folder in folders if (folder / "run.json").is_file()]


def runs_folder() -> Path:
    """Return the folder for new runs: ``checkpoints/`` in a clone, else in the user's data folder; it may not exist."""
    if chosen := os.environ.get(RUNS_VARIABLE):
        return Path(chosen).expanduser().absolute()
    # A wheel has no pyproject.toml next to the package, a clone has.
    if (_PACKAGE.parent / "pyproject.toml").is_file():
        return _PACKAGE.parent / "checkpoints"
    return platformdirs.user_data_path("latent-explorer", appauthor=False) / "checkpoints"


def _root() -> Path:
    """Return the folder that holds ``resources`` and ``checkpoints``."""
    # A wheel packs both into explorer/shipped; in a clone they are beside the package.
    return _SHIPPED if _SHIPPED.is_dir() else _PACKAGE.parent

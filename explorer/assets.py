"""Where the files that ship with the program lie: in an installed wheel, or in a clone beside the package."""

from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parent
_SHIPPED: Final = _PACKAGE / "shipped"


class AssetError(FileNotFoundError):
    """A file that ships with the program is missing: the installation is damaged."""


def asset(*parts: str) -> Path:
    """Find a file or folder of ``resources/``.

    Parameters
    ----------
    *parts
        The path below ``resources``, for example ``"icons", "fit.svg"``.

    Raises
    ------
    AssetError
        If the installation does not have it.
    """
    path = _root().joinpath("resources", *parts)
    if not path.exists():
        raise AssetError(f"{path}: a file of the program is missing; install it again")
    return path


def shipped_runs() -> list[Path]:
    """List the run directories that ship with the program, those that are there, in the order of first start.

    They are read-only by convention: a run that is trained further is written elsewhere.
    """
    places = (_root() / "checkpoints" / name for name in ("digits-ae", "digits-vae"))
    return [place for place in places if (place / "run.json").is_file()]


def _root() -> Path:
    """Return the folder that holds ``resources`` and ``checkpoints``; an installed copy comes before a clone's."""
    return _SHIPPED if _SHIPPED.is_dir() else _PACKAGE.parent

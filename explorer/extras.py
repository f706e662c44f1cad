"""Packages that only some features need, with the extra that installs each of them, and plug-ins of other packages.

The features import their packages when they are used. `missing_package` words what a user reads if one is not
installed. `load_plugins` imports plug-ins so that one that fails costs nothing else.
"""

import contextlib
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint
from typing import Any, Final

from explorer.version import DISTRIBUTION

EXTRAS: Final = {
    "anndata": "cells",
    "av": "film",
    "h5py": "hdf5",
    "onnx": "onnx",
    "onnxruntime": "onnx",
    "onnxscript": "onnx",
    "openpyxl": "excel",
    "soundfile": "audio",
    "tensorboard": "tensorboard",
    "zarr": "zarr",
}
"""The extra of each package, by the name of its module; ``pyproject.toml`` says which versions it installs."""


def install_command(package: str) -> str:
    """Return the command that installs a package.

    Parameters
    ----------
    package
        The name of its module; one that no extra has is installed by its own name.
    """
    extra = EXTRAS.get(package)
    # The extra of a program that is installed, even from a clone, is resolved without asking an index for the program.
    return f'pip install "{DISTRIBUTION}[{extra}]"' if extra else f"pip install {package}"


def missing_package(package: str, purpose: str) -> str:
    """Return the message that a purpose, such as ``"reading .xlsx"``, needs a package that is not installed."""
    return f"{purpose} needs the package {package}; install it with {install_command(package)}"


REGISTRIES: Final[list[tuple[dict[str, Any], Callable[[Any], str]]]] = []
"""The tables that plug-ins fill when they are imported, each with a function that returns the module of an entry."""


def load_plugins(find: Callable[[], Iterable[EntryPoint]], load: Callable[[EntryPoint], None]) -> dict[str, str]:
    """Load the plug-ins that ``find`` returns; return why each failed one did, by the name of its entry point.

    What a failed plug-in has registered until then is removed from the `REGISTRIES`.
    """
    problems: dict[str, str] = {}
    # What a plug-in prints must not mix with the output of a command.
    with contextlib.redirect_stdout(sys.stderr):
        try:
            points = list(find())
        except Exception as error:  # the metadata of any installed package may be damaged
            return {"plug-ins": f"the list of installed packages cannot be read ({error_text(error)})"}
        for point in points:
            before = [set(table) for table, _ in REGISTRIES]
            try:
                load(point)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # SystemExit or asyncio.CancelledError, for example, is no Exception
                problems[point.name] = error_text(error)
                _remove_entries(before)
    return problems


def _remove_entries(before: list[set[str]]) -> None:
    """Remove what is in the `REGISTRIES` now, but was not before, and is no part of the program."""
    for (table, module_of), names in zip(REGISTRIES, before, strict=True):
        for name in table.keys() - names:
            # A plug-in may be the first to import a module of the program, which stays imported.
            if not module_of(table[name]).startswith("explorer."):
                del table[name]


def error_text(error: BaseException) -> str:
    """Return the type and the message of an exception of a plug-in in one line."""
    try:
        message = str(error)
    except Exception:  # a class of the plug-in
        message = "its message cannot be read"
    return " ".join(f"{type(error).__name__}: {message}".split())

"""Packages that only some features need, and the extra of the distribution that installs each of them.

The features import them when they are used. `missing_package` words what a user reads if one is not installed.
"""

from typing import Final

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

"""Opens a file of the user as one input of the kind of the samples: a picture, a text or numbers."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.data.context import only_data_errors
from explorer.data.dataset import DataError, Description
from explorer.data.own_input.open_picture import open_picture
from explorer.data.own_input.sources import InputSource, NumbersSource, TextSource, numbers_source
from explorer.data.text.decoded_text import decode_text

MAX_BYTES = 16 << 20
"""Maximum size of a file with a text or numbers: 16 MiB."""


def file_source(path: Path, description: Description) -> InputSource:
    """Read a file as the kind of the samples: a picture, a text, or numbers (as text, or as an array .npy).

    Raises
    ------
    DataError
        If it cannot be read as this kind.
    """
    if description.kind == "image":
        with only_data_errors(path):
            return open_picture(path)
    # Arrays first: as text they would have an unknown encoding.
    if path.suffix.lower() == ".npy":
        return NumbersSource(tuple(map(float, _array(path))), path.name)
    text = decode_text(_bytes(path), "", path).text
    if description.kind == "text":
        return TextSource(text, path.name)
    return numbers_source(text, path.name)


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"{path}: has more than {MAX_BYTES >> 20} MiB; one sample takes less")
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error


def _array(path: Path) -> NDArray[np.float64]:
    _bytes(path)  # checks the size
    try:
        # Mapped, so that a header with a wrong, huge size fails instead of taking memory; never a pickle.
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # NumPy raises almost anything for a damaged header
        raise DataError(f"{path}: not a readable array ({type(error).__name__})") from error
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "buif" or values.size == 0:
        raise DataError(f"{path}: the array has no real numbers")
    return np.asarray(values, np.float64).reshape(-1)

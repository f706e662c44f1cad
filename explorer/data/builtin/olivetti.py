"""The Olivetti faces: 400 photographs of 40 people, from a MATLAB file of the user or by download."""

import os
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.assemble import assemble
from explorer.data.builtin.download import DATA_VARIABLE, Published, is_offline_ready, provide
from explorer.data.catalog import register
from explorer.data.context import LoadContext
from explorer.data.dataset import Column, DataError, Dataset

FILE = "olivettifaces.mat"
OLIVETTI = Published(
    name="olivetti",
    mirrors=("https://cs.nyu.edu/~roweis/data/",),
    sha256={FILE: "b612fb967f2dc77c9c62d3e1266e0c73d5fca46a4b8906c18e454d41af987794"},
    copies={FILE: ("https://ndownloader.figshare.com/files/5976027",)},
)
SIDE = 64
PICTURES_EACH = 10
MAX_BYTES = 256 << 20
"""Maximum size of the file, compressed and decompressed; the published one has 1.6 MB."""
_MAX_PICTURES = 40_000
_COMPRESSED = 15  # the type number of a compressed element in a MATLAB 5 file
_HEADER = 128  # size of the header in bytes, before the first element


def _own_file() -> Path | None:
    """Return the first .mat file in ``olivetti/`` under `DATA_VARIABLE`, or None."""
    root = os.environ.get(DATA_VARIABLE, "")
    folders = [Path(root).expanduser() / name for name in ("olivetti", "Olivetti")] if root else []
    return next((path for folder in folders if folder.is_dir() for path in sorted(folder.glob("*.mat"))), None)


def _offline() -> bool:
    return _own_file() is not None or is_offline_ready(OLIVETTI)


def _fetch(context: LoadContext) -> None:
    if _own_file() is None:
        provide(OLIVETTI, context)


@register(
    "olivetti",
    title="Olivetti faces (64×64)",
    summary="400 photographs of 64×64 pixels of 40 people, ten of each (AT&T Laboratories Cambridge).",
    fetch=_fetch,
    offline=_offline,
)
def load_olivetti(config: DataConfig, context: LoadContext) -> Dataset:
    """Load the faces. The labels are the people; by default each person has pictures in every split.

    ``group_column = person`` keeps all pictures of a person in one split. Source: Samaria and Harter,
    "Parameterisation of a stochastic model for human face identification", 1994; MATLAB file by Roweis.
    """
    path = _own_file() or provide(OLIVETTI, context) / FILE
    context.report(0, 1, "reading the faces")
    pictures = read_faces(path)
    person = np.arange(len(pictures), dtype=np.int64) // PICTURES_EACH
    # The file is sorted by person, with ten pictures of each.
    names = tuple(f"person {number}" for number in range(int(person[-1]) + 1))
    pose = np.arange(len(pictures), dtype=np.float64) % PICTURES_EACH
    return assemble(
        config,
        name="olivetti",
        kind="image",
        samples=pictures,
        value_range=(0.0, 255.0),
        labels=person,
        class_names=names,
        columns={"picture": Column("picture", pose, unit="number of the person's picture")},
        groups=_groups(config, person),
    )


def _groups(config: DataConfig, person: NDArray[np.int64]) -> NDArray[np.int64] | None:
    if config.group_column in ("", "person"):
        return person if config.group_column else None
    raise DataError(f"olivetti has no column {config.group_column!r} to group by; its only column is person")


def read_faces(path: Path) -> NDArray[np.uint8]:
    """Read the array ``faces`` (4096, N) of a MATLAB file as pictures ``(N, 1, 64, 64)``.

    Raises
    ------
    DataError
        If it is not a MATLAB file, is too large when decompressed, or has no such array.
    """
    _check_size(path)
    from scipy.io import loadmat, whosmat

    try:
        # Check shapes and types before anything is read. scipy executes no code from the file.
        known = {name: (shape, kind) for name, shape, kind in whosmat(path)}
        _check_faces(path, *known.get("faces", ((), "")))
        columns = loadmat(path, variable_names=["faces"])["faces"]
    except DataError:
        raise
    except Exception as error:  # a damaged file can make scipy raise almost anything
        raise DataError(f"{path}: not a readable MATLAB file ({_reason(error)}); download it again") from error
    grey = _checked_grey(path, columns)
    # Each column contains one picture in column-major order.
    return np.ascontiguousarray(grey.T.reshape(-1, 1, SIDE, SIDE).swapaxes(2, 3))


def _check_faces(path: Path, shape: tuple[int, ...], kind: str) -> None:
    expected = f"an array faces of {SIDE * SIDE} × N grey values from 0 to 255"
    if not kind:
        raise DataError(f"{path} has no array named faces; expected {expected}")
    if len(shape) != 2 or shape[0] != SIDE * SIDE or not 0 < shape[1] <= _MAX_PICTURES:
        raise DataError(f"{path}: the array faces has shape {shape}; expected {expected}")
    if kind not in ("uint8", "single", "double"):
        raise DataError(f"{path}: the array faces is of type {kind}; expected {expected}")


def _checked_grey(path: Path, columns: NDArray[np.generic]) -> NDArray[np.uint8]:
    values = np.asarray(columns)
    if values.dtype.kind not in "uif" or not (np.isfinite(values).all() and values.min() >= 0 and values.max() <= 255):
        raise DataError(f"{path}: the array faces has values outside the grey values 0 to 255")
    return np.rint(values).astype(np.uint8)


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


def _check_size(path: Path) -> None:
    """Raise DataError if the file is too large, or would be when decompressed."""
    try:
        size = path.stat().st_size
        too_large = size > MAX_BYTES or _unpacked(path.read_bytes()) > MAX_BYTES
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    except zlib.error as error:
        raise DataError(f"{path} is damaged ({error}); download it again") from error
    if too_large:
        raise DataError(f"{path} would take more than {MAX_BYTES >> 20} MB; the published file has 2 MB")


def _unpacked(content: bytes) -> int:
    """Return the decompressed size of a MATLAB 5 file's compressed elements; counting stops above `MAX_BYTES`."""
    if content[126:128] not in (b"IM", b"MI"):  # not a MATLAB 5 file, so nothing is compressed
        return 0
    order = "little" if content[126:128] == b"IM" else "big"
    total, start = 0, _HEADER
    while start + 8 <= len(content) and total <= MAX_BYTES:
        kind = int.from_bytes(content[start : start + 4], order)  # type: ignore[arg-type]
        size = int.from_bytes(content[start + 4 : start + 8], order)  # type: ignore[arg-type]
        if kind == _COMPRESSED:
            unpacking = zlib.decompressobj()
            total += len(unpacking.decompress(content[start + 8 : start + 8 + size], MAX_BYTES + 1))
        start += 8 + size
    return total

"""Faults of files: those that are cut off or have wrong bytes, and those that were crafted, for every reader."""

import os
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

import crafted_files
import small_files
from fault_runner import READ, Fault

from explorer.config import DataConfig
from explorer.data.arrays import isolated
from explorer.data.catalog import load
from explorer.data.dataset import DataError
from explorer.data.formats import format_titles
from explorer.data.own_input.open_picture import open_picture
from explorer.models.weight_import.weight_files import read_weights

Reader = Callable[[Path], object]


def reader_of(name: str) -> Reader:
    """Return the function of the program that opens a small or crafted file of this name."""
    if "weights" in name:
        return read_weights
    return open_picture if name.startswith("picture") else lambda path: load(DataConfig(source=str(path)))


def attempt(read: Reader, path: Path) -> str:
    """Open a file; return `READ`, or the sentence of the program's own error."""
    try:
        read(path)
    except DataError as error:
        text = str(error)
        assert "\n" not in text and len(text) < 2000, f"the error is no sentence: {text[:100]!r}"
        return text
    return READ


class ForkedReader:
    """Stands for `subprocess.Popen` of an isolated reader: a fork, which needs no second to import libraries."""

    def __init__(self, command: list[str], **_: object) -> None:
        receiving, sending = os.pipe()
        self.process = os.fork()
        if self.process == 0:
            os.close(receiving)
            os.dup2(sending, 1)
            with suppress(BaseException):
                isolated._main(*command[-3:])
            os._exit(0)
        os.close(sending)
        self.stdout = os.fdopen(receiving, "rb")

    def __enter__(self) -> "ForkedReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.stdout.close()
        os.waitpid(self.process, 0)

    def kill(self) -> None:
        """End the process."""
        with suppress(ProcessLookupError):
            os.kill(self.process, 9)


def prepare() -> None:
    """Import the readers and what they need, before any fork, and let isolated readers fork."""
    import anndata  # noqa: F401
    import h5py  # noqa: F401
    import openpyxl  # noqa: F401
    import scipy.io
    import scipy.signal
    import scipy.sparse  # noqa: F401
    import soundfile  # noqa: F401
    import torch
    import zarr  # noqa: F401
    from PIL import Image

    Image.init()
    format_titles()
    torch.set_num_threads(1)
    isolated.subprocess.Popen = ForkedReader  # type: ignore[misc, assignment]


def small(folder: Path) -> dict[str, Path]:
    """Write all small files; return them by name."""
    writers: Mapping[str, Callable[[Path], None]] = small_files.DATA | small_files.WEIGHTS
    folder.mkdir()
    paths = {name: folder / name for name in writers}
    for name, write in writers.items():
        write(paths[name])
    for kind, suffix in small_files.PICTURE_KINDS.items():
        paths[f"picture.{suffix}"] = folder / f"picture.{suffix}"
        small_files.write_picture(paths[f"picture.{suffix}"], kind)
    return paths


def damaged(folder: Path, cuts: int = 100, flips: int = 300, seed: int = 0) -> Iterator[Fault]:
    """Yield each small file cut off at ``cuts`` equal steps, and with ``flips`` single bytes that are wrong."""
    for name, path in small(folder / "small").items():
        content, read = path.read_bytes(), reader_of(name)
        for cut in range(cuts):
            yield Fault(
                f"cut off: {name}", f"at {cut / cuts:.0%}", partial(_cut, read, content, folder / name, cut / cuts)
            )
        chosen = random.Random(f"{seed} {name}")
        for _ in range(flips):
            at, mask = chosen.randrange(len(content)), chosen.randrange(1, 256)
            yield Fault(f"wrong byte: {name}", f"{at} ^ {mask}", partial(_flip, read, content, folder / name, at, mask))


def _cut(read: Reader, content: bytes, path: Path, share: float) -> str:
    path.write_bytes(content[: int(len(content) * share)])
    return attempt(read, path)


def _flip(read: Reader, content: bytes, path: Path, at: int, mask: int) -> str:
    path.write_bytes(content[:at] + bytes([content[at] ^ mask]) + content[at + 1 :])
    return attempt(read, path)


def crafted(folder: Path) -> Iterator[Fault]:
    """Yield the files that were made to take memory or time."""
    for name, write in crafted_files.WRITERS.items():
        path = folder / name
        yield Fault("crafted", name, partial(_crafted, path), partial(write, path))


def _crafted(path: Path) -> str:
    try:
        return attempt(reader_of(path.name), path)
    finally:
        if path.is_file():
            path.unlink()

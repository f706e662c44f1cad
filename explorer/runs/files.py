"""Replaces files atomically: after a crash a file has its old content or its new one, never a mixture.

1. Create a temporary file in the same folder; renaming across file systems would not be atomic.
2. Write the content, and flush it to the disk.
3. Rename the temporary file over the old one, which POSIX and Windows both do in one step.
4. Flush the folder, so that the new name survives a loss of power.

If any step fails, the temporary file is deleted and the old file stays. `remove_parts` deletes what a killed process
left behind.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


class RunError(ValueError):
    """A run or a file of it cannot be used; the message names the file, the fault and what to do."""


def replace_file(path: Path, write: Callable[[Path], None], *, flush: bool = True) -> None:
    """Replace ``path`` by the file that ``write`` fills.

    Parameters
    ----------
    write
        Called with the path of the temporary file.
    flush
        If False, do not wait for the disk. The file may then be empty after a loss of power, and its reader must check.

    Raises
    ------
    OSError
        If the disk is full or read-only; ``path`` is then unchanged and no temporary file is left.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:  # the message should name the file that was requested, not the temporary one
        raise OSError(error.errno, error.strerror, str(path)) from error
    os.close(handle)
    part = Path(name)
    try:
        write(part)
        if flush:
            with part.open("rb+") as file:
                os.fsync(file.fileno())
        part.chmod(0o644)  # mkstemp makes files that only their owner can read
        _rename_over(part, path)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename == str(part):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
    if flush:
        _sync_folder(path.parent)


def replace_bytes(path: Path, content: bytes, *, flush: bool = True) -> None:
    """Replace the content of ``path``; see `replace_file`."""
    replace_file(path, lambda part: _write_bytes(part, content), flush=flush)


def replace_json(path: Path, value: Any) -> None:
    """Replace ``path`` by ``value`` as JSON; see `replace_file`."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    replace_bytes(path, f"{text}\n".encode())


def remove_parts(folder: Path) -> None:
    """Delete the temporary files of killed processes in ``folder``; no other process may be writing there."""
    for part in folder.glob(".*.part"):
        part.unlink(missing_ok=True)


def _rename_over(part: Path, path: Path, *, patience: float = 2.5) -> None:
    """Rename ``part`` to ``path``; on Windows, retry for ``patience`` seconds while a virus scanner holds the file."""
    deadline = time.monotonic() + patience
    while True:
        try:
            os.replace(part, path)
            return
        except PermissionError:
            if sys.platform != "win32" or time.monotonic() > deadline:  # elsewhere it is a real fault
                raise
            time.sleep(0.05)


def _write_bytes(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":  # Windows has no way to flush a folder
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

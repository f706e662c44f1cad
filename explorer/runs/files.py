"""Writing files so that a crash leaves the old one or the new one, never half of either."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def replace_file(path: Path, write: Callable[[Path], None], *, flush: bool = True) -> None:
    """Let ``write`` fill a temporary file beside ``path``, flush it to the disk and rename it over ``path``.

    Without ``flush`` nothing waits for the disk: after a loss of power the file may be empty, so its reader must check.

    Raises
    ------
    OSError
        When the disk is full or read-only; ``path`` is then as before and nothing is left beside it.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:  # tells of the file that was asked for, not of the one beside it
        raise OSError(error.errno, error.strerror, str(path)) from error
    os.close(handle)
    part = Path(name)
    try:
        write(part)
        if flush:
            with part.open("rb+") as file:
                os.fsync(file.fileno())
        part.chmod(0o644)
        _rename_over(part, path)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename == str(part):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
    if flush:
        _sync_folder(path.parent)


def replace_json(path: Path, value: Any) -> None:
    """Write ``value`` as JSON over ``path``, as `replace_file` does."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    replace_file(path, lambda part: _write_text(part, text + "\n"))


def remove_parts(folder: Path) -> None:
    """Remove what a process that was killed while it wrote has left in ``folder``; nobody else may be writing there."""
    for part in folder.glob(".*.part"):
        part.unlink(missing_ok=True)


def _rename_over(part: Path, path: Path, *, patience: float = 2.5) -> None:
    """Rename; on Windows, where a virus scanner may hold the file for a moment, try for ``patience`` seconds."""
    deadline = time.monotonic() + patience
    while True:
        try:
            os.replace(part, path)
            return
        except PermissionError:
            if sys.platform != "win32" or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":  # Windows cannot open a folder
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

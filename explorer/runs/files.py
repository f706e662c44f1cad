"""Opens, extends and replaces the files of a run folder, which may come from anyone.

Opening (`open_to_read`, `append_text`):

1. Resolve links; a link that leads out of the folder is refused, since it could name any file of the computer.
2. Only a regular file is opened: a pipe would wait for a writer, and opening a device can act on it.
3. Compare the size with a limit before anything is read. `read_json` also limits the number of values.

Replacing is atomic: after a crash a file has its old content or its new one, never a mixture. A link is replaced by a
file, so that nothing is written through it.

1. Create a temporary file in the same folder; renaming across file systems would not be atomic.
2. Write the content, and flush it to the disk.
3. Rename the temporary file over the old one, which POSIX and Windows both do in one step.
4. Flush the folder, so that the new name survives a loss of power.

If any step fails, the temporary file is deleted and the old file stays. `remove_parts` deletes what a killed process
left behind.
"""

import json
import os
import stat
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from explorer.data.reading.limits import Limit

_FLAGS = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"))
"""Flags for opening a file; a system lacks some of them."""
_KINDS = {
    stat.S_IFDIR: "folder", stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket", stat.S_IFCHR: "device",
    stat.S_IFBLK: "device", stat.S_IFLNK: "link",
}  # fmt: skip


class RunError(ValueError):
    """A run or a file of it cannot be used; the message names the file, the fault and what to do."""


def path_inside(path: Path, folder: Path) -> Path:
    """Return a path with all links resolved; the folder itself may be a link.

    Raises
    ------
    RunError
        If the path leads out of the folder.
    """
    real = Path(os.path.realpath(path))
    if not real.is_relative_to(os.path.realpath(folder)):
        raise RunError(f"{path}: a link that leads out of the folder of the run; replace it by the file itself")
    return real


def check_file(path: Path) -> None:
    """Raise RunError if a path leads out of its folder, or to anything but a regular file; it may be missing."""
    with suppress(FileNotFoundError):
        _check_regular(path, os.lstat(path_inside(path, path.parent)))


def open_to_read(path: Path, limit: "Limit") -> BinaryIO:
    """Open a file of a run folder.

    Raises
    ------
    RunError
        If it leads out of its folder, is not a regular file, or is larger than the limit.
    OSError
        If it is missing or cannot be read.
    """
    file = os.fdopen(_open(path, os.O_RDONLY), "rb")
    size = os.fstat(file.fileno()).st_size
    if size > limit.value:
        file.close()
        raise RunError(str(limit.error(size, path, "the file has")))
    return file


def read_bytes(path: Path, limit: "Limit") -> bytes:
    """Return the content of a file of a run folder; see `open_to_read`."""
    with open_to_read(path, limit) as file:
        return file.read()


def read_json(path: Path, limit: "Limit") -> Any:
    """Return the value of a JSON file of a run folder; see `open_to_read`.

    Raises
    ------
    RunError
        As `open_to_read`, or if there are too many values.
    ValueError
        If the file is not JSON in UTF-8, or is nested too deeply.
    """
    # Imported when it is needed: the limits import NumPy, and the command line starts without it.
    from explorer.data.reading.limits import JSON_VALUES

    content = read_bytes(path, limit)
    # Each value becomes a Python object, which takes far more memory than its text.
    count = sum(map(content.count, (b",", b"[", b"{")))
    if count > JSON_VALUES.value:
        raise RunError(str(JSON_VALUES.error(count, path, "the number of values is")))
    try:
        return json.loads(content.decode())
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def append_text(path: Path, text: str) -> None:
    """Append text to a file of a run folder, on a line of its own; the file may be missing.

    Raises
    ------
    RunError
        If the file leads out of its folder, or is not a regular file.
    OSError
        If the disk is full or read-only.
    """
    with os.fdopen(_open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT), "ab+") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        # After a crash the last line may lack its end; the next line would merge with it and become unreadable.
        broken = file.read(1) not in (b"", b"\n")
        file.write(("\n" * broken + text).encode())


def _open(path: Path, flags: int) -> int:
    """Return the descriptor of a regular file within its folder."""
    # Before it is opened, since opening a device can act on it; and after, since it may have been replaced meanwhile.
    check_file(path)
    descriptor = os.open(path_inside(path, path.parent), flags | _FLAGS, 0o644)
    try:
        _check_regular(path, os.fstat(descriptor))
    except RunError:
        os.close(descriptor)
        raise
    return descriptor


def _check_regular(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "special file")
        raise RunError(f"{path}: a {kind} in place of a file; remove it from the run")


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

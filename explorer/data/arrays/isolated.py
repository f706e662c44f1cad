"""Runs a reader of a native format in a process of its own, as a crafted file can crash the library that reads it.

1. The parent starts ``python -m explorer.data.arrays.isolated MODULE PATH OPTIONS``, with a limit of memory where the
   system has one.
2. The child calls ``read(path, options)`` of the module, which yields one `ArrayPart` after another.
3. Each part goes through a pipe as a line of JSON with its name, type and shape, followed by the bytes of its values.
   Python objects are never sent.
4. The parent reports progress between parts. A thread beside it ends the child as soon as the user cancels.
5. If the child raises DataError, it sends its sentence; if it ends in another way, the file is damaged.
"""

import json
import math
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.data.arrays.array_columns import note_left_out
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError
from explorer.data.reading.limits import ARRAY_BYTES

MAX_WORD = 1000
"""Longer words are cut to this number of characters."""
POLL_SECONDS = 0.2
_CHUNK = 1 << 24


class ArrayPart(NamedTuple):
    """A named array, list of words, or plain JSON value."""

    name: str
    value: Any


def memory() -> int:
    """Return the maximum memory of a child in bytes, on systems with such a limit."""
    # An array, its compressed form, and a copy in another order can exist at the same time.
    return 3 * ARRAY_BYTES.value


def cut_words(values: NDArray[Any]) -> NDArray[np.str_]:
    """Return values as words of at most `MAX_WORD` characters, in the same shape."""
    # NumPy gives each word the space of the longest: one long text would widen the whole array.
    return np.array([str(word)[:MAX_WORD] for word in values.reshape(-1)], dtype=np.str_).reshape(values.shape)


def matrix_parts(matrix: Any) -> Iterator[ArrayPart]:
    """Return a matrix as what the pipe to the parent takes: ``dense``, or the arrays of a CSR matrix and its shape."""
    if not hasattr(matrix, "tocsr"):
        yield ArrayPart("dense", np.asarray(matrix))
        return
    matrix = matrix.tocsr()
    for name in ("data", "indices", "indptr"):
        yield ArrayPart(name, getattr(matrix, name))
    yield ArrayPart("shape", list(matrix.shape))


Reader = Callable[[Path, Mapping[str, Any]], Iterator[ArrayPart]]


def read_isolated(module: str, path: Path, options: Mapping[str, Any], context: LoadContext) -> dict[str, Any]:
    """Return the parts that ``module.read(path, options)`` yields in a child process, by name.

    Raises
    ------
    DataError
        If the reader raises it, or the child ends before it has sent all.
    Cancelled
        If the user cancels.
    """
    # -P keeps the current folder out of the path of imports: a file named json.py beside the data must not be run.
    python = [sys.executable, "-P", "-m", __name__]
    # The folder that PyInstaller makes has no Python, but this module as a program: tools/latent-explorer.spec.
    start = [str(Path(sys.executable).with_name("isolated"))] if hasattr(sys, "frozen") else python
    command = [*start, module, str(path.absolute()), json.dumps(dict(options))]
    # The child has to find the package also if it is not installed, but started from its folder.
    package = str(Path(__file__).parents[3])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))}
    parts: dict[str, Any] = {}
    # Warnings of libraries go nowhere: an unread pipe would fill up and block the child.
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as child:
        assert child.stdout is not None
        ended = threading.Event()
        watcher = threading.Thread(target=_kill_if_cancelled, args=(child, context, ended), name="reader-watch")
        watcher.start()
        try:
            while (header := _header(child.stdout)) is not None:
                context.report(len(parts), 0, f"reading {path.name}")
                # The child knows only the absolute path; the user should read the path that was typed.
                if header["kind"] == "error":
                    raise DataError(header["value"].replace(str(path.absolute()), str(path)))
                # A child that was killed also closes the pipe. Only the end mark shows that all has arrived.
                if header["kind"] == "end":
                    return parts
                parts[header["name"]] = _receive(child.stdout, header, path)
        finally:
            ended.set()
            watcher.join()
            child.kill()
    context.report(len(parts), 0, f"reading {path.name}")  # raises Cancelled if that ended the child
    raise DataError(f"{path}: the file is damaged, or needs more memory than {memory():,} bytes: its reader stopped")


def read_arrays_isolated(module: str, path: Path, limit: int | None, context: LoadContext) -> dict[str, Any]:
    """Return the arrays of a file by path, and write into the report what the reader left out or cut.

    Parameters
    ----------
    limit
        The number of samples to read of large arrays; None for all.

    Raises
    ------
    DataError
        As `read_isolated` does, and if there are no arrays.
    Cancelled
        If the user cancels.
    """
    arrays = read_isolated(module, path, {"limit": limit}, context)
    note_left_out(arrays.pop("left_out", []), context.notes)
    if "partial" in arrays:
        context.notes.partial(arrays.pop("partial"))
    if not arrays:
        raise DataError(f"{path} contains no arrays of numbers or words")
    return arrays


def _kill_if_cancelled(child: subprocess.Popen[bytes], context: LoadContext, ended: threading.Event) -> None:
    """End the child if the user cancels before ``ended`` is set: the parent waits for the pipe and cannot look."""
    while not ended.wait(POLL_SECONDS):
        if context.cancelled():
            child.kill()
            return


def _header(stream: IO[bytes]) -> dict[str, Any] | None:
    """Return the next header, or None at the end of the stream."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        return None
    found: dict[str, Any] = json.loads(line)
    return found


def _receive(stream: IO[bytes], header: Mapping[str, Any], path: Path) -> Any:
    if header["kind"] == "value":
        return header["value"]
    # The sizes come from a process that reads a crafted file, so they are not trusted either.
    dtype, shape = _dtype(header["dtype"]), tuple(header["shape"])
    size = dtype.itemsize * math.prod(shape)
    if dtype.hasobject:
        raise DataError(f"{path}: {header['name']} contains Python objects, which are not opened")
    ARRAY_BYTES.check(size, path, f"{header['name']} takes")
    data = bytearray(size)
    view, start = memoryview(data), 0
    while start < size:
        # A pipe hands over a part only, on Linux at most 64 kB, whatever is asked for.
        read = stream.readinto(view[start : start + _CHUNK])  # type: ignore[attr-defined]
        if not read:
            raise DataError(f"{path}: the file is damaged: its reader stopped")
        start += read
    array = np.frombuffer(data, dtype=dtype) if size else np.empty(0, dtype)
    return array.reshape(shape)


def _dtype(description: Any) -> np.dtype[Any]:
    """Return the dtype of a description; JSON has lists where NumPy wants tuples."""
    if isinstance(description, str):
        return np.dtype(description)
    return np.dtype([(name, kind, *map(tuple, shape)) for name, kind, *shape in description])


def _send(stream: IO[bytes], part: ArrayPart) -> None:
    if isinstance(part.value, np.ndarray) and part.value.dtype.kind in "buifcSUMV" and not part.value.dtype.hasobject:
        array = np.ascontiguousarray(part.value)
        dtype = array.dtype.descr if array.dtype.names else array.dtype.str
        header = {"kind": "array", "name": part.name, "dtype": dtype, "shape": list(part.value.shape)}
        stream.write(json.dumps(header).encode() + b"\n")
        if array.size:
            # Bytes of the array's own memory: tobytes would need the same memory again.
            stream.write(array.reshape(-1).view(np.uint8).data)
        return
    stream.write(json.dumps({"kind": "value", "name": part.name, "value": part.value}).encode() + b"\n")


def _limit_memory() -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource

        # RLIMIT_DATA and not RLIMIT_AS: libraries reserve far more addresses than they use.
        resource.setrlimit(resource.RLIMIT_DATA, (memory(), memory()))


def _main(module: str, path: str, options: str) -> None:
    """Send the parts of a file to the standard output: the child's side."""
    # The values go through a copy of the pipe; the number 1 itself is then that of the standard error.
    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not disturb the stream
    _limit_memory()
    last: dict[str, Any] = {"kind": "end"}
    try:
        reader: Reader = import_module(module).read
        for part in reader(Path(path), json.loads(options)):
            _send(stream, part)
            stream.flush()  # so that the parent shows progress
    except DataError as error:
        last = {"kind": "error", "value": str(error)}
    except Exception as error:  # libraries raise anything on a damaged file
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        last = {"kind": "error", "value": f"{path}: damaged, cannot be read ({reason})"}
    stream.write(json.dumps(last).encode() + b"\n")
    stream.flush()


if __name__ == "__main__":
    _main(*sys.argv[1:4])

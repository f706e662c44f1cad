"""Reads .pt files of weights and of samples by torch's weights-only unpickler, after checks of their contents.

1. Check the table of contents of the archive: no TorchScript, no exported program, nothing compressed, and a pickled
   structure of limited size. Check the sizes and depths that the steps of this structure name.
2. Compare the checksums of all members with their contents. A preview maps the tensors, and leaves them out.
3. Read it with the weights-only unpickler, which builds tensors and plain values, and runs no code of the file.
   Objects of other classes are refused, or (for checkpoints) replaced by a `Placeholder`.
4. Check the shape of each tensor, and that as many numbers are stored as it claims, before anything is copied.
"""

import pickle
import pickletools
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Self

from explorer.data.context import reason
from explorer.data.dataset import DataError
from explorer.data.reading.limits import STRUCTURE_BYTES, STRUCTURE_STEPS, TENSOR_NUMBERS, WEIGHTS_BYTES

if TYPE_CHECKING:
    from torch import Tensor


_PLAIN_MODULES = frozenset(
    (
        *("argparse", "collections", "datetime", "decimal", "enum", "fractions", "functools", "pathlib", "typing"),
        *("types", "uuid", "copyreg", "copy_reg", "_codecs", "builtins", "__builtin__"),
    )
)
"""Modules of the standard library whose classes occur in the settings that trainers save."""
_RUNS_CODE = frozenset(
    (
        *("eval", "exec", "execfile", "compile", "open", "input", "breakpoint", "apply", "reduce", "__import__"),
        *("getattr", "setattr", "delattr", "globals", "locals", "vars", "FunctionType", "CodeType"),
    )
)
"""Functions of these modules that no honest checkpoint names."""
MAX_NESTED = 500
"""Maximum number of steps in a row that each put all before them into a new list, tuple or dictionary."""
_NESTING = frozenset(("TUPLE1", "EMPTY_LIST", "EMPTY_DICT", "APPEND", "MARK", "TUPLE"))
_PIECE = 1 << 20
MAX_CLASSES = 1_000
"""Maximum number of unknown classes in a file."""
# torch keeps the allowed names for the whole process.
_LOCK = Lock()


class Placeholder:
    """Stands for an object of a class that the program does not know; it keeps the object's state and does nothing.

    Attributes
    ----------
    state
        The state that was saved: plain values, tensors and other placeholders.
    """

    __slots__ = ("state",)

    def __new__(cls, *_: object, **__: object) -> Self:
        """Return an empty placeholder, whatever the arguments of the saved object were."""
        made = super().__new__(cls)
        made.state = None
        return made

    def __setstate__(self, state: object) -> None:
        """Keep the state."""
        self.state = state


class _DictPlaceholder:
    """Stands for a class that is a dictionary; its "instances" are plain dictionaries."""

    def __new__(cls, *_: object, **__: object) -> "OrderedDict[Any, Any]":  # type: ignore[misc]
        # The unpickler fills dictionaries of these exact types only.
        return OrderedDict()


class _ListPlaceholder:
    """Stands for a class that is a list; its "instances" are plain lists."""

    def __new__(cls, *_: object, **__: object) -> "list[Any]":  # type: ignore[misc]
        return []


def load_archive(path: Path, wanted: str, *, mapped: bool = False, placeholders: bool = False) -> Any:
    """Return the contents of a .pt file, whose tensors are not checked yet.

    Parameters
    ----------
    wanted
        What to save instead if the file cannot be opened: "the state_dict", "plain tensors".
    mapped
        Whether to map the file instead of reading it, for a preview: only the samples that are shown are then read.
    placeholders
        Whether to replace objects of unknown classes by a `Placeholder` instead of refusing the file.

    Raises
    ------
    DataError
        If the file is damaged, too large, or contains anything that could run code.
    """
    WEIGHTS_BYTES.check(path.stat().st_size, path, "the file has")
    _check_contents(path, wanted, whole=not mapped)
    try:
        return _unpickled(path, _unknown_classes(path) if placeholders else (), mapped=mapped)
    except pickle.UnpicklingError as error:
        # The rest of torch's message advises to switch the check off, which nobody should do here.
        what = str(error).partition("\n")[0].partition(". ")[0]
        raise DataError(
            f"{path}: not opened, as it contains objects that could run code ({what}); save only {wanted}"
        ) from error
    except Exception as error:  # torch and pickle raise errors of many kinds for a damaged structure
        raise DataError(f"{path}: damaged, cannot be read ({reason(error)})") from error


def _unknown_classes(path: Path) -> tuple[str, ...]:
    """Return the names of classes and functions in a file that torch does not know, after refusing suspicious ones."""
    from torch.serialization import get_unsafe_globals_in_checkpoint

    names = tuple(sorted(get_unsafe_globals_in_checkpoint(path)))
    if len(names) > MAX_CLASSES:
        raise pickle.UnpicklingError(f"it names {len(names):,} classes")
    for name in names:
        module, _, attribute = name.rpartition(".")
        top = module.partition(".")[0]
        is_plain = module in _PLAIN_MODULES and attribute not in _RUNS_CODE
        # A placeholder would be harmless here, too, but the user should not trust such a file elsewhere.
        if top in sys.stdlib_module_names and not is_plain:
            raise pickle.UnpicklingError(f"it names {name}")
    return names


def _unpickled(path: Path, unknown: tuple[str, ...], *, mapped: bool) -> Any:
    """Read a file with a placeholder of its own for each unknown name; none of them is ever looked up or imported."""
    import torch

    stand_ins: dict[str, type] = {name: type(f"Placeholder of {name}", (Placeholder,), {}) for name in unknown}
    while True:
        with _LOCK, torch.serialization.safe_globals([(made, name) for name, made in stand_ins.items()]):
            try:
                return torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
            except pickle.UnpicklingError as error:
                # A class that is a dictionary or a list is known only when it is filled: torch's message names it.
                filled = next((name for name, made in stand_ins.items() if repr(made) in str(error)), None)
                if filled is None:
                    raise
                is_list = "to lists" in str(error) or "extend lists" in str(error)
                # A new class each time: torch looks names up by the class.
                base = _ListPlaceholder if is_list else _DictPlaceholder
                stand_ins[filled] = type(base.__name__, (base,), {})


def _check_contents(path: Path, wanted: str, *, whole: bool) -> None:
    """Check the table of contents of a .pt file, its structure, and with ``whole`` the checksums of its tensors."""
    try:
        if not zipfile.is_zipfile(path):
            raise DataError(f"{path}: not an archive of torch.save since torch 1.6; save {wanted} again")
        with zipfile.ZipFile(path) as archive:
            _check_names(path, archive.infolist(), wanted)
            for entry in archive.infolist():
                if entry.filename.endswith("/data.pkl"):
                    _check_structure(path, archive.read(entry))
                elif whole:
                    _check_sum(archive, entry)
    except DataError:
        raise
    # zipfile raises NotImplementedError and others for a damaged table of contents.
    except Exception as error:
        raise DataError(f"{path}: the archive is damaged ({reason(error)}); copy or save it again") from error


def _check_names(path: Path, entries: list[zipfile.ZipInfo], wanted: str) -> None:
    # The first folder has the name under which the file was saved, which is arbitrary.
    inner = [entry.filename.partition("/")[2] for entry in entries]
    if any(name == "constants.pkl" or name.startswith("code/") for name in inner):
        raise DataError(f"{path}: not opened, as TorchScript is code; save {wanted}")
    structures = [entry for entry, name in zip(entries, inner, strict=True) if name == "data.pkl"]
    if len(structures) != 1:
        raise DataError(f"{path}: not an archive of torch.save (no data.pkl); save {wanted}")
    STRUCTURE_BYTES.check(structures[0].file_size, path, "the structure without the tensors has")
    if any(entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size for entry in entries):
        raise DataError(f"{path}: not opened, as it is compressed, which torch.save never does")


def _check_sum(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Read a member in pieces; zipfile raises BadZipFile if its checksum differs."""
    with archive.open(entry) as stream:
        while stream.read(_PIECE):
            pass


def _check_structure(path: Path, code: bytes) -> None:
    """Raise DataError if a pickled structure has too many steps, nests too deep, or names more bytes than it has.

    Nothing is built: `pickletools.genops` only reads the steps one after the other.
    """
    depth = 0
    try:
        for number, (step, _, _) in enumerate(pickletools.genops(code)):
            STRUCTURE_STEPS.check(number, path, "the structure has at least this number of steps:")
            # Structures are nested by putting one of them into the next, again and again.
            depth = depth + 1 if step.name in _NESTING else 0
            if depth > MAX_NESTED:
                raise DataError(f"{path}: not opened, as its structure is nested more than {MAX_NESTED:,} times")
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"{path}: the structure of the file is damaged ({reason(error)})") from error


def check_tensor(path: Path, name: str, tensor: "Tensor") -> None:
    """Raise DataError for a tensor that is not as it claims, before any of its numbers are copied."""
    import torch

    check_shape(path, name, tuple(tensor.shape))
    if tensor.layout != torch.strided or tensor.is_quantized or tensor.device.type != "cpu":
        raise DataError(f"{path}: tensor {name} is {tensor.layout} on {tensor.device}; only dense tensors can be read")
    # A stride of 0 repeats one number: a file of 2 kB can hold a tensor of 10¹² elements.
    stored = tensor.untyped_storage().nbytes()
    if tensor.numel() * tensor.element_size() > stored:
        raise DataError(f"{path}: tensor {name} has {tensor.numel():,} numbers, but only {stored:,} bytes are stored")


def check_shape(path: Path, name: str, shape: tuple[int, ...]) -> None:
    """Raise DataError for a tensor of too many numbers."""
    count = 1
    for side in shape:
        count *= max(int(side), 1)  # so that (0, 2**62) is rejected, too
    TENSOR_NUMBERS.check(count, path, f"the number of values of tensor {name} of shape {shape} is")

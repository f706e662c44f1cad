"""Reads tensors from .safetensors and .pt files of other programs without executing code from them.

1. Check the suffix and the size of the file.
2. For .pt, check the table of contents of the archive: no TorchScript, no exported program, nothing compressed, and a
   pickled structure of limited size. Then read it with torch's weights-only unpickler.
3. Find the dictionary of tensors, which may be wrapped in another one.
4. Check the shape of each tensor, and that as many numbers are stored as it claims, before anything is copied.
5. Remove prefixes that wrappers of a model put before all names.
"""

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from explorer.data.dataset import DataError

TORCH_SUFFIXES = (".pt", ".pth", ".bin", ".ckpt")
SUFFIXES = (*TORCH_SUFFIXES, ".safetensors")
WRAPPERS = ("model_state_dict", "state_dict", "model", "weights", "net")
"""Names under which programs store the weights in a larger dictionary."""
PREFIXES = ("module.", "_orig_mod.", "model.", "net.")
"""Prefixes that wrappers of a model, such as DataParallel and torch.compile, put before each name."""

MAX_BYTES = 4_000_000_000
MAX_NUMBERS = 1_000_000_000
"""Maximum number of values in one tensor."""
MAX_NAME_LENGTH = 200
MAX_STRUCTURE = 16_000_000
"""Maximum size in bytes of the pickled structure in a .pt file, without the tensors."""


def is_weights(path: Path) -> bool:
    """Return whether the suffix of a file is one of weights."""
    return path.suffix.lower() in SUFFIXES


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a file by name, in the order of the file, without wrappers and common prefixes.

    Raises
    ------
    DataError
        If the file is damaged, too large, or contains anything that could run code.
    """
    if not is_weights(path):
        raise DataError(f"{path}: weights can be read from {', '.join(SUFFIXES)} only")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"{path}: the file is too large; the limit is {MAX_BYTES / 1e9:g} GB")
        found = _read_safetensors(path) if path.suffix.lower() == ".safetensors" else _read_torch(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    if not found:
        raise DataError(f"{path} contains no tensors")
    for name, tensor in found.items():
        if len(name) > MAX_NAME_LENGTH or not name.isprintable():
            raise DataError(f"{path}: {name[:40]!r}… is not a valid name of a tensor")
        _check(path, name, tensor)
    return _without_prefix(found)


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            names = list(file.keys())
            for name in names:
                _check_shape(path, name, tuple(file.get_slice(name).get_shape()))
            # Copied, as Windows cannot replace a mapped file.
            return {name: file.get_tensor(name).clone() for name in names}
    except (SafetensorError, ValueError, RuntimeError, MemoryError) as error:
        raise DataError(f"{path}: cannot be read as safetensors ({error})") from error


def _read_torch(path: Path) -> dict[str, Tensor]:
    _check_archive(path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        what = str(error).partition("\n")[0].partition(". ")[0]
        raise DataError(
            f"{path}: not opened, as it contains objects that could run code ({what}); save only the state_dict"
        ) from error
    except (RuntimeError, ValueError, TypeError, AttributeError, KeyError, IndexError, EOFError, MemoryError) as error:
        reason = str(error).partition("\n")[0]
        raise DataError(f"{path}: damaged, cannot be read ({reason})") from error
    return _tensors_in(content, path)


def _check_archive(path: Path) -> None:
    """Check the table of contents of a .pt file before any of its contents are read."""
    if not zipfile.is_zipfile(path):
        raise DataError(f"{path}: not an archive of torch.save since torch 1.6; save the state_dict again")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise DataError(f"{path}: damaged, the archive is incomplete ({error})") from error
    inner = [entry.filename.partition("/")[2] for entry in entries]
    if any(name == "constants.pkl" or name.startswith("code/") for name in inner):
        raise DataError(f"{path}: not opened, as TorchScript is code; save the model's state_dict")
    structures = [entry for entry, name in zip(entries, inner, strict=True) if name == "data.pkl"]
    if len(structures) != 1:
        raise DataError(f"{path}: not an archive of torch.save (no data.pkl); save the model's state_dict")
    if structures[0].file_size > MAX_STRUCTURE:
        raise DataError(f"{path}: not opened, as its structure alone has {structures[0].file_size:,} bytes")
    if any(entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size for entry in entries):
        raise DataError(f"{path}: not opened, as it is compressed, which torch.save never does")


def _tensors_in(content: Any, path: Path) -> dict[str, Tensor]:
    """Return the tensors of a dictionary, or of a wrapped one; other values are ignored."""
    if not isinstance(content, Mapping):
        raise DataError(f"{path} contains {type(content).__name__} instead of a state_dict")
    # Trainers store the weights beside optimizer states and settings.
    for wrapper in WRAPPERS:
        inner = content.get(wrapper)
        if isinstance(inner, Mapping) and any(isinstance(value, Tensor) for value in inner.values()):
            content = inner
            break
    return {str(name): value for name, value in content.items() if isinstance(value, Tensor)}


def _check(path: Path, name: str, tensor: Tensor) -> None:
    """Raise DataError for a tensor that cannot be a weight, before any of its numbers are copied."""
    _check_shape(path, name, tuple(tensor.shape))
    if tensor.layout != torch.strided or tensor.is_quantized or tensor.device.type != "cpu":
        raise DataError(f"{path}: tensor {name} is {tensor.layout} on {tensor.device}; only dense tensors can be read")
    # A stride of 0 repeats one number: a file of 2 kB can hold a tensor of 10¹² elements.
    stored = tensor.untyped_storage().nbytes()
    if tensor.numel() * tensor.element_size() > stored:
        raise DataError(f"{path}: tensor {name} has {tensor.numel():,} numbers, but only {stored:,} bytes are stored")


def _check_shape(path: Path, name: str, shape: tuple[int, ...]) -> None:
    count = 1
    for side in shape:
        count *= max(int(side), 1)  # so that (0, 2**62) is rejected, too
    if count > MAX_NUMBERS:
        raise DataError(f"{path}: tensor {name} has shape {shape}; the limit is {MAX_NUMBERS:,} numbers")


def _without_prefix(found: dict[str, Tensor]) -> dict[str, Tensor]:
    for prefix in PREFIXES:
        if all(name.startswith(prefix) and name != prefix for name in found):
            # Wrappers may be nested: torch.compile around DataParallel.
            return _without_prefix({name.removeprefix(prefix): tensor for name, tensor in found.items()})
    return found

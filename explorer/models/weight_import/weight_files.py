"""Reads tensors from .safetensors and .pt files of other programs without executing code from them.

1. Check the suffix and the size of the file.
2. Read a .pt file with torch's weights-only unpickler (see `explorer.data.arrays.torch_archive`).
3. Find the dictionary of tensors, which may be wrapped in another one.
4. Check the shape of each tensor, and that as many numbers are stored as it claims, before anything is copied.
5. Remove prefixes that wrappers of a model put before all names.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from explorer.data.arrays.torch_archive import MAX_BYTES, check_shape, check_tensor, load_archive
from explorer.data.dataset import DataError

TORCH_SUFFIXES = (".pt", ".pth", ".bin", ".ckpt")
SUFFIXES = (*TORCH_SUFFIXES, ".safetensors")
WRAPPERS = ("model_state_dict", "state_dict", "model", "weights", "net")
"""Names under which programs store the weights in a larger dictionary."""
PREFIXES = ("module.", "_orig_mod.", "model.", "net.")
"""Prefixes that wrappers of a model, such as DataParallel and torch.compile, put before each name."""

MAX_NAME_LENGTH = 200


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
        check_tensor(path, name, tensor)
    return _without_prefix(found)


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            names = list(file.keys())
            for name in names:
                check_shape(path, name, tuple(file.get_slice(name).get_shape()))
            # Copied, as Windows cannot replace a mapped file.
            return {name: file.get_tensor(name).clone() for name in names}
    except (SafetensorError, ValueError, RuntimeError, MemoryError) as error:
        raise DataError(f"{path}: cannot be read as safetensors ({error})") from error


def _read_torch(path: Path) -> dict[str, Tensor]:
    return _tensors_in(load_archive(path, "the state_dict"), path)


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


def _without_prefix(found: dict[str, Tensor]) -> dict[str, Tensor]:
    for prefix in PREFIXES:
        if all(name.startswith(prefix) and name != prefix for name in found):
            # Wrappers may be nested: torch.compile around DataParallel.
            return _without_prefix({name.removeprefix(prefix): tensor for name, tensor in found.items()})
    return found

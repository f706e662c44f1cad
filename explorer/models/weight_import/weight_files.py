"""Files of tensors from other programs, read as data: .safetensors, and torch's .pt by its safe reader alone."""

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
"""Under these names programs keep the weights beside what else they save."""
PREFIXES = ("module.", "_orig_mod.", "model.", "net.")
"""What wrappers of a model put before each name."""

MAX_BYTES = 4_000_000_000
MAX_NUMBERS = 1_000_000_000
LONGEST_NAME = 200
MAX_STRUCTURE = 16_000_000
"""Bytes of the pickled structure in a .pt file, without the tensors: a model has some thousand names."""


def is_weights(path: Path) -> bool:
    """Whether a file's name is one of weights."""
    return path.suffix.lower() in SUFFIXES


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read the tensors of a file by name, in its order; wrapped dictionaries and common prefixes are taken off.

    No code of the file runs: a pickle that asks for any, TorchScript, exported programs and tensors that claim more
    numbers than are stored are refused.

    Raises
    ------
    DataError
        Naming the file, and what is wrong with it.
    """
    if not is_weights(path):
        raise DataError(f"{path}: weights are read from {', '.join(SUFFIXES)} alone")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"{path}: is larger than {MAX_BYTES / 1e9:g} GB; that is no model for this program")
        found = _read_safetensors(path) if path.suffix.lower() == ".safetensors" else _read_torch(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    if not found:
        raise DataError(f"{path}: there is no tensor in it")
    for name, tensor in found.items():
        if len(name) > LONGEST_NAME or not name.isprintable():
            raise DataError(f"{path}: a tensor is called {name[:40]!r}…; that is no name of a model's weight")
        _check(path, name, tensor)
    return _without_prefix(found)


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            names = list(file.keys())
            for name in names:
                _check_shape(path, name, tuple(file.get_slice(name).get_shape()))
            # Copies: a mapped file cannot be replaced on Windows.
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
            f"{path}: holds more than tensors, which could run code, and is not opened ({what}); "
            "save its state_dict alone"
        ) from error
    except (RuntimeError, ValueError, TypeError, AttributeError, KeyError, IndexError, EOFError, MemoryError) as error:
        reason = str(error).partition("\n")[0]
        raise DataError(f"{path}: damaged, it cannot be read ({reason})") from error
    return _tensors_in(content, path)


def _check_archive(path: Path) -> None:
    """Look at a .pt file's table of contents before anything of it is read."""
    if not zipfile.is_zipfile(path):
        raise DataError(f"{path}: is no archive as torch.save writes it since torch 1.6; save its state_dict anew")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise DataError(f"{path}: damaged, it is no whole archive ({error})") from error
    inner = [entry.filename.partition("/")[2] for entry in entries]
    if any(name == "constants.pkl" or name.startswith("code/") for name in inner):
        raise DataError(f"{path}: is TorchScript, which is code, and is not opened; save the model's state_dict")
    structures = [entry for entry, name in zip(entries, inner, strict=True) if name == "data.pkl"]
    if len(structures) != 1:
        raise DataError(f"{path}: is no archive of torch.save (it has no data.pkl); save the model's state_dict")
    if structures[0].file_size > MAX_STRUCTURE:
        raise DataError(f"{path}: its structure alone takes {structures[0].file_size:,} bytes; it is not opened")
    if any(entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size for entry in entries):
        raise DataError(f"{path}: is compressed, as torch.save never does, and is not opened")


def _tensors_in(content: Any, path: Path) -> dict[str, Tensor]:
    """Find the dictionary of tensors; it may be wrapped, and hold other values beside them."""
    if not isinstance(content, Mapping):
        raise DataError(f"{path}: holds {type(content).__name__}, not a state_dict of tensors by name")
    for wrapper in WRAPPERS:
        inner = content.get(wrapper)
        if isinstance(inner, Mapping) and any(isinstance(value, Tensor) for value in inner.values()):
            content = inner
            break
    return {str(name): value for name, value in content.items() if isinstance(value, Tensor)}


def _check(path: Path, name: str, tensor: Tensor) -> None:
    """Refuse what cannot be a weight, before a number of it is copied."""
    _check_shape(path, name, tuple(tensor.shape))
    if tensor.layout != torch.strided or tensor.is_quantized or tensor.device.type != "cpu":
        raise DataError(f"{path}: tensor {name} is {tensor.layout} on {tensor.device}; dense ones alone are read")
    stored = tensor.untyped_storage().nbytes()
    if tensor.numel() * tensor.element_size() > stored:
        raise DataError(f"{path}: tensor {name} claims {tensor.numel():,} numbers, but {stored:,} bytes are stored")


def _check_shape(path: Path, name: str, shape: tuple[int, ...]) -> None:
    count = 1
    for side in shape:
        count *= max(int(side), 1)  # of (0, 2**62) too: no weight is so long
    if count > MAX_NUMBERS:
        raise DataError(f"{path}: tensor {name} claims shape {shape}; no more than {MAX_NUMBERS:,} numbers are read")


def _without_prefix(found: dict[str, Tensor]) -> dict[str, Tensor]:
    for prefix in PREFIXES:
        if all(name.startswith(prefix) and name != prefix for name in found):
            return _without_prefix({name.removeprefix(prefix): tensor for name, tensor in found.items()})
    return found

"""Reads tensors from .safetensors and .pt files of other programs, or folders of them, without executing their code.

1. Find the file; a folder may also have one file for the encoder and one for the decoder.
2. Check the suffix and the size, and read a .pt file with torch's weights-only unpickler (see
   `explorer.data.arrays.torch_archive`).
3. Name all tensors by their path through nested dictionaries, without those of an optimizer.
4. Check the shape of each tensor, and that as many numbers are stored as it claims, before anything is copied.
5. Remove prefixes that wrappers of a model put before all names.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from explorer.data.arrays.torch_archive import Placeholder, check_shape, check_tensor, load_archive
from explorer.data.context import only_data_errors
from explorer.data.dataset import DataError
from explorer.data.reading.limits import STRUCTURE_BYTES, WEIGHTS_BYTES
from explorer.models.weight_import.layer_names import natural_order, side_of

TORCH_SUFFIXES = (".pt", ".pth", ".bin", ".ckpt")
SUFFIXES = (*TORCH_SUFFIXES, ".safetensors")
WRAPPERS = ("model_state_dict", "state_dict", "model", "weights", "net")
"""Names under which programs store the weights in a larger dictionary."""
FINAL_FOLDER = "final_model"
"""The folder in which pythae's trainer saves the weights at the end, beside those of earlier epochs."""

MAX_NAME_LENGTH = 200
MAX_DEPTH = 4
"""Maximum depth of nested dictionaries."""
MAX_FILES = 2_000
"""Maximum number of entries of a folder that are looked at."""
_OTHER_PARTS = re.compile(r"optim|sched|scaler|callback|loops|(^|_)ema|hparam|hyper_param|config|(^|_)args|rng")
"""Parts of a checkpoint whose tensors are no weights of the model."""
_WRAPPER_WORDS = ("state", "dict", "weights", "params", "model", "net")
_INNER_WRAPPERS = re.compile(r"(^|\.)(_orig_mod|module)\.")
"""Names that torch.compile and DataParallel put before those of the part that they wrap."""


def is_weights(path: Path) -> bool:
    """Return whether the suffix of a file is one of weights."""
    return path.suffix.lower() in SUFFIXES


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a file or folder by name, in the order of the file, without wrappers and common prefixes.

    Raises
    ------
    DataError
        If the file is damaged, too large, or contains anything that could run code; or if a folder has no such file, or
        several.
    """
    with only_data_errors(path):
        files = _files_in(path) if path.is_dir() else {"": path}
        found = {f"{part}{name}": tensor for part, file in files.items() for name, tensor in _read(file).items()}
        return _without_prefix(found)


def _files_in(folder: Path) -> dict[str, Path]:
    """Return the file of weights in a folder, or those of its two networks, by the prefix of their names."""
    entries = [entry for _, entry in zip(range(MAX_FILES), folder.rglob("*"), strict=False)]
    files = sorted(entry for entry in entries if is_weights(entry) and not _OTHER_PARTS.search(entry.stem.lower()))
    final = [file for file in files if file.parent.name == FINAL_FOLDER]
    shallow = [file for file in files if file.parent == folder]
    files = final or shallow or files
    sides = {side_of(file.stem): file for file in files}
    if len(files) == 2 and set(sides) == {"encoder", "decoder"}:
        return {"encoder.": sides["encoder"], "decoder.": sides["decoder"]}
    if not files:
        raise DataError(f"{folder}: there is no file of weights in it ({', '.join(SUFFIXES)})")
    if len(files) > 1:
        names = ", ".join(str(file.relative_to(folder)) for file in files[:6]) + (" and others" * (len(files) > 6))
        raise DataError(f"{folder}: it has several files of weights ({names}): import one of them")
    return {"": files[0]}


def _read(path: Path) -> dict[str, Tensor]:
    if not is_weights(path):
        raise DataError(f"{path}: weights can be read from {', '.join(SUFFIXES)} only")
    if path.exists() and not path.is_file():  # reading a pipe could wait forever
        raise DataError(f"{path}: not a file; weights are not read from pipes and devices")
    WEIGHTS_BYTES.check(path.stat().st_size, path, "the file has")
    found = _read_safetensors(path) if path.suffix.lower() == ".safetensors" else _read_torch(path)
    if not found:
        raise DataError(f"{path} contains no tensors")
    for name, tensor in found.items():
        if len(name) > MAX_NAME_LENGTH or not name.isprintable():
            raise DataError(f"{path}: {name[:40]!r}… is not a valid name of a tensor")
        check_tensor(path, name, tensor)
    return found


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    with path.open("rb") as stream:
        # The header becomes Python objects, which take far more memory.
        STRUCTURE_BYTES.check(int.from_bytes(stream.read(8), "little"), path, "the header has")
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            # Sorted by letters in the file: layer 10 would come before layer 2.
            names = sorted(file.keys(), key=natural_order)
            for name in names:
                check_shape(path, name, tuple(file.get_slice(name).get_shape()))
            # Copied, as Windows cannot replace a mapped file.
            return {name: file.get_tensor(name).clone() for name in names}
    except DataError:
        raise
    except (SafetensorError, ValueError, RuntimeError, MemoryError) as error:
        raise DataError(f"{path}: cannot be read as safetensors ({error})") from error


def _read_torch(path: Path) -> dict[str, Tensor]:
    content = load_archive(path, "the state_dict", placeholders=True)
    if isinstance(content, Mapping):
        # Trainers store the weights beside optimizer states and settings.
        content = next((content[key] for key in WRAPPERS if dict(_tensors_in(content.get(key)))), content)
    elif not dict(_tensors_in(content)):
        kind = "an object of an unknown class" if isinstance(content, Placeholder) else type(content).__name__
        raise DataError(f"{path} contains {kind} instead of a state_dict")
    return dict(_tensors_in(content))


def _tensors_in(content: Any, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Tensor]]:
    """Yield the tensors of nested dictionaries and modules with the names of a state_dict; other values are ignored."""
    parts = _parts_of(content)
    if depth > MAX_DEPTH * (1 + isinstance(content, Placeholder)):
        return
    for key, value in parts.items():
        name = str(key)
        if isinstance(value, Tensor):
            yield f"{prefix}{name}", value
        elif _parts_of(value) and not _OTHER_PARTS.search(name.lower()):
            # "encoder_state_dict" holds the encoder, "model" everything; in a module the names are its own.
            words = name.split("_") if not isinstance(content, Placeholder) else ()
            inner = "_".join(word for word in words if word not in _WRAPPER_WORDS) if words else name
            yield from _tensors_in(value, f"{prefix}{inner}." if inner else prefix, depth + 1)


def _parts_of(content: Any) -> Mapping[Any, Any]:
    """Return the parts of a dictionary, or of a module that was saved whole: only its tensors are taken."""
    if isinstance(content, Placeholder):
        state = content.state if isinstance(content.state, Mapping) else {}
        kinds = (state.get(kind) for kind in ("_parameters", "_buffers", "_modules"))
        return {key: value for kind in kinds if isinstance(kind, Mapping) for key, value in kind.items()}
    return content if isinstance(content, Mapping) else {}


def _without_prefix(found: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors without what all names begin with, such as ``module.``, ``model.`` and ``vae.``."""
    found = {_INNER_WRAPPERS.sub(r"\1", name): tensor for name, tensor in found.items()}
    heads = {name.partition(".")[0] for name in found}
    # A layer keeps its own name: "fc1.weight".
    is_common = len(heads) == 1 and all(name.count(".") > 1 for name in found)
    if not is_common or side_of(*heads) is not None or next(iter(heads)).isdigit():
        return found
    return _without_prefix({name.partition(".")[2]: tensor for name, tensor in found.items()})

"""Checkpoints: weights and optimizer state in one safetensors file with its config and a checksum.

Writing:

1. Collect all tensors on the CPU under the prefixes ``weights/``, ``optimizer/`` and ``averages/``.
2. Make a JSON header: format version, step, config, best loss so far, and the SHA-256 of header and tensors.
3. Serialise both to bytes, and replace the file in one step (see `explorer.runs.files`).

Reading takes the same steps backwards and verifies the checksum, as safetensors itself loads flipped bits silently.
Nothing in the file is executed: safetensors holds numbers only.

A training deletes old checkpoints when it writes new ones, so that a file may be gone between listing and reading it.
`settled` then reads again.
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from explorer.data.reading.limits import CHECKPOINT_BYTES, STRUCTURE_BYTES
from explorer.runs.files import RunError, open_to_read, replace_bytes

FORMAT_VERSION = 1
SAVE_SECONDS = 30.0
"""Time from one checkpoint of a training to the next, in seconds; the first one comes as long after its start."""
_WEIGHTS, _OPTIMIZER, _AVERAGES = "weights/", "optimizer/", "averages/"
MAX_STEPS = 2**53
"""Larger numbers of steps are not exact in every program that reads JSON."""
_MAX_RATIO, _FREE_NUMBERS = 8, 1_000_000
"""Numbers in a checkpoint for each weight of the model: two moments of Adam in each of two groups need 5. And numbers
that any checkpoint may have."""


@dataclass(frozen=True)
class Checkpoint:
    """A model after ``step`` steps: its weights, its optimizer's state, and the best validation loss so far.

    ``best_loss`` (nats per sample) was reached at ``best_step``; both are None before the first validation.
    ``averages`` are the sums of the training losses since the last logged one.
    """

    step: int
    config: Mapping[str, Any]
    weights: Mapping[str, Tensor]
    optimizer: Mapping[str, Tensor] = field(default_factory=dict)
    averages: Mapping[str, Tensor] = field(default_factory=dict)
    best_loss: float | None = None
    best_step: int | None = None


@dataclass(frozen=True)
class CheckpointHeader:
    """What the header of a checkpoint says without its tensors: step, best step so far, and checksum."""

    step: int
    best_step: int | None
    checksum: str


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint atomically: ``path`` holds either the old content or the new one.

    Raises
    ------
    OSError
        If the disk is full or read-only; ``path`` is then unchanged.
    """
    tensors = {_WEIGHTS + name: tensor for name, tensor in checkpoint.weights.items()}
    tensors |= {_OPTIMIZER + name: tensor for name, tensor in checkpoint.optimizer.items()}
    tensors |= {_AVERAGES + name: tensor for name, tensor in checkpoint.averages.items()}
    tensors = {name: tensor.detach().to("cpu").contiguous() for name, tensor in tensors.items()}
    header: dict[str, Any] = {
        "format": FORMAT_VERSION,
        "step": checkpoint.step,
        "config": checkpoint.config,
        "best_loss": checkpoint.best_loss,
        "best_step": checkpoint.best_step,
    }
    header["sha256"] = _sha256(header, tensors)
    # Not save_file, which makes its own temporary file and raises its own error for a full disk.
    content = save(tensors, {"latent-explorer": json.dumps(header)})
    replace_bytes(path, content)


@contextmanager
def opened_tensors(path: Path, framework: str = "pt") -> Iterator[Any]:
    """Open a safetensors file of a run folder; its header is parsed, but no tensor is read.

    Raises
    ------
    RunError
        If it leads out of its folder, is not a regular file, or it or its header is too large.
    """
    with open_to_read(path, CHECKPOINT_BYTES) as stream:
        size = int.from_bytes(stream.read(8), "little")
    # The header becomes objects, which take far more memory than its text.
    if size > STRUCTURE_BYTES.value:
        raise RunError(str(STRUCTURE_BYTES.error(size, path, "damaged, or the header has")))
    with safe_open(path, framework=framework, device="cpu") as file:
        yield file


def read_checkpoint(path: Path, weights: int | None = None) -> Checkpoint:
    """Read a checkpoint and verify its checksum.

    Parameters
    ----------
    weights
        The number of weights of the model. A file with far more numbers is refused before they are read; None reads
        all.

    Raises
    ------
    RunError
        If the file is missing or damaged, was written by another program or in another format, or has weights that are
        not finite.
    """
    try:
        with opened_tensors(path) as file:
            header = json.loads((file.metadata() or {}).get("latent-explorer", "null"))
            if weights is not None:
                check_count(path, file, weights)
            # Copied, for two reasons: Windows cannot replace a mapped file, and tensors in a mapped file are not
            # aligned, so that matrix products may round differently than in an uninterrupted run.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118  (no mapping)
    except FileNotFoundError as error:
        raise RunError(f"{path}: this checkpoint does not exist") from error
    except RunError:
        raise
    except (SafetensorError, OSError, ValueError, RuntimeError, MemoryError, RecursionError) as error:
        raise RunError(f"{path}: damaged, cannot be read as a safetensors file ({error})") from error
    if not isinstance(header, dict):
        raise RunError(f"{path}: a safetensors file, but not a checkpoint of Latent Explorer")
    if header.get("format") != FORMAT_VERSION:
        raise RunError(f"{path}: has format {header.get('format')}, but this program reads format {FORMAT_VERSION}")
    if header.get("sha256") != _sha256(header, tensors):
        raise RunError(f"{path}: damaged, its checksum does not match its contents")
    checkpoint = Checkpoint(
        **{key: header.get(key) for key in ("step", "config", "best_loss", "best_step")},  # type: ignore[arg-type]
        weights=_with_prefix(tensors, _WEIGHTS),
        optimizer=_with_prefix(tensors, _OPTIMIZER),
        averages=_with_prefix(tensors, _AVERAGES),
    )
    if problem := _problem_of(checkpoint):
        raise RunError(f"{path}: damaged, {problem}")
    return checkpoint


def check_count(path: Path, file: Any, weights: int) -> None:
    """Raise RunError if a file has far more numbers than a model and its optimizer need."""
    most = _MAX_RATIO * weights + _FREE_NUMBERS
    found = sum(math.prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118  (no mapping)
    if found > most:
        raise RunError(
            f"{path}: damaged, it has {found:,} numbers, but the model of the run has {weights:,} weights; restore a "
            "copy of this file, or train the run again"
        )


def _problem_of(checkpoint: Checkpoint) -> str:
    """Return what a checkpoint lacks or has wrong, or ""."""
    if not is_step(checkpoint.step):
        return f"its step is {checkpoint.step!r}"
    if not isinstance(checkpoint.config, Mapping):
        return "it has no config"
    if checkpoint.best_step is not None and not is_step(checkpoint.best_step):
        return f"its best step is {checkpoint.best_step!r}"
    loss = checkpoint.best_loss
    if loss is not None and (type(loss) not in (int, float) or not abs(loss) < float("inf")):
        return f"its best loss is {loss!r}"
    for name, tensor in checkpoint.weights.items():
        # The extremes of a tensor with NaN are NaN; to compute them takes no memory.
        if tensor.is_floating_point() and tensor.numel() and not all(map(math.isfinite, torch.aminmax(tensor))):
            return f"the tensor {name} has values that are not finite; train the run again with a lower learning rate"
    return ""


def is_step(value: object) -> bool:
    """Return whether a value of a file is a number of training steps."""
    return type(value) is int and 0 <= value < MAX_STEPS


def read_header(path: Path) -> CheckpointHeader:
    """Read the header of a checkpoint, without reading the tensors.

    Raises
    ------
    RunError
        If the file is missing, damaged or of another program.
    """
    try:
        with opened_tensors(path, "numpy") as file:
            header = json.loads((file.metadata() or {}).get("latent-explorer", "null"))
        step, best_step, checksum = header["step"], header["best_step"], header["sha256"]
        if not is_step(step) or not (best_step is None or is_step(best_step)) or not isinstance(checksum, str):
            raise ValueError("its step or its checksum is invalid")
        return CheckpointHeader(step, best_step, checksum)
    except RunError:
        raise
    except (SafetensorError, OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise RunError(f"{path}: damaged, its header cannot be read ({error})") from error


def tensors_sha256(tensors: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of the tensors' names, dtypes, shapes and bytes, in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)};".encode())
        digest.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)  # bytes of any dtype
    return digest.hexdigest()


def _sha256(header: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> str:
    """Return the checksum of the tensors and of every other entry of the header."""
    entries = {key: value for key, value in header.items() if key != "sha256"}
    text = json.dumps(entries, sort_keys=True) + tensors_sha256(tensors)
    return hashlib.sha256(text.encode()).hexdigest()


def _with_prefix(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


MAX_READS = 20
"""Maximum number of attempts to read checkpoints that a training replaces meanwhile."""

Read = TypeVar("Read")


def checkpoint_name(step: int) -> str:
    """Return the file name of the checkpoint of a step."""
    return f"step-{step:08d}.safetensors"


def step_of(path: Path) -> int:
    """Return the step of a checkpoint by its file name; -1 if the name has none."""
    digits = path.stem.removeprefix("step-")
    return int(digits) if digits.isdecimal() else -1


def checkpoint_paths(folder: Path) -> list[Path]:
    """Return the paths of the checkpoints in a folder, oldest first."""
    return sorted(folder.glob("step-*[0-9].safetensors"), key=step_of)


def settled(folder: Path, read: Callable[[], Read]) -> Read:
    """Return what ``read`` returns; if it fails while the checkpoints in the folder change, call it again.

    Raises
    ------
    RunError
        The error of ``read``, if the checkpoints did not change.
    """
    for _ in range(MAX_READS - 1):
        before = checkpoint_paths(folder)
        try:
            return read()
        except RunError:
            if checkpoint_paths(folder) == before:
                raise
    return read()


def first_readable(paths: Iterable[Path], weights: int | None = None) -> Checkpoint | None:
    """Read the first checkpoint that is not damaged; None without paths. See `read_checkpoint`.

    Raises
    ------
    RunError
        If all of them are damaged, or one was deleted meanwhile.
    """
    problem, names = None, []
    for path in paths:
        try:
            return read_checkpoint(path, weights)
        except RunError as error:
            # The paths are out of date, and what follows would be older weights than the caller asked for.
            if not path.exists():
                raise
            problem = problem or error
            names.append(path.name)
    if problem is not None:
        raise problem if len(names) == 1 else RunError(f"{problem}; {all_damaged_text(names)}")
    return None


def all_damaged_text(names: Sequence[str]) -> str:
    """Return a sentence on checkpoints that are all damaged, with their names and what to do."""
    all_of = "both" if len(names) == 2 else f"all {len(names)}"
    which = f"{all_of} checkpoints are damaged: {', '.join(names)}" if names[1:] else f"{names[0]} is damaged"
    return f"{which}; restore a copy of {'these files' if names[1:] else 'this file'}, or train the run again"


def read_headers(folder: Path) -> tuple[list[CheckpointHeader], list[str]]:
    """Return the headers of the checkpoints in a folder, oldest first, and the names of those that are damaged."""
    headers, damaged = [], []
    for path in checkpoint_paths(folder):
        try:
            headers.append(read_header(path))
        except RunError:
            if path.exists():  # else a training has deleted it meanwhile
                damaged.append(path.name)
    return headers, damaged

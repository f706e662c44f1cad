"""Checkpoints: weights and optimizer state in one safetensors file with its config and a checksum.

Writing:

1. Collect all tensors on the CPU under the prefixes ``weights/`` and ``optimizer/``.
2. Make a JSON header: format version, step, config, best loss so far, and the SHA-256 of header and tensors.
3. Serialise both to bytes, and replace the file in one step (see `explorer.runs.files`).

Reading takes the same steps backwards and verifies the checksum, as safetensors itself loads flipped bits silently.
Nothing in the file is executed: safetensors holds numbers only.

A training deletes old checkpoints when it writes new ones, so that a file may be gone between listing and reading it.
`settled` then reads again.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from explorer.runs.files import RunError, replace_bytes

FORMAT_VERSION = 1
_WEIGHTS, _OPTIMIZER = "weights/", "optimizer/"


@dataclass(frozen=True)
class Checkpoint:
    """A model after ``step`` steps: its weights, its optimizer's state, and the best validation loss so far.

    ``best_loss`` (nats per sample) was reached at ``best_step``; both are None before the first validation.
    """

    step: int
    config: Mapping[str, Any]
    weights: Mapping[str, Tensor]
    optimizer: Mapping[str, Tensor] = field(default_factory=dict)
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


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint and verify its checksum.

    Raises
    ------
    RunError
        If the file is missing or damaged, or was written by another program or in another format.
    """
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            header = json.loads((file.metadata() or {}).get("latent-explorer", "null"))
            # Copied, for two reasons: Windows cannot replace a mapped file, and tensors in a mapped file are not
            # aligned, so that matrix products may round differently than in an uninterrupted run.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118  (no mapping)
    except FileNotFoundError as error:
        raise RunError(f"{path}: this checkpoint does not exist") from error
    except (SafetensorError, OSError, ValueError, RuntimeError, MemoryError, RecursionError) as error:
        raise RunError(f"{path}: damaged, cannot be read as a safetensors file ({error})") from error
    if not isinstance(header, dict):
        raise RunError(f"{path}: a safetensors file, but not a checkpoint of Latent Explorer")
    if header.get("format") != FORMAT_VERSION:
        raise RunError(f"{path}: has format {header.get('format')}, but this program reads format {FORMAT_VERSION}")
    if header.get("sha256") != _sha256(header, tensors):
        raise RunError(f"{path}: damaged, its checksum does not match its contents")
    return Checkpoint(
        step=header["step"],
        config=header["config"],
        weights=_with_prefix(tensors, _WEIGHTS),
        optimizer=_with_prefix(tensors, _OPTIMIZER),
        best_loss=header["best_loss"],
        best_step=header["best_step"],
    )


def read_header(path: Path) -> CheckpointHeader:
    """Read the header of a checkpoint, without reading the tensors.

    Raises
    ------
    RunError
        If the file is missing, damaged or of another program.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            header = json.loads((file.metadata() or {}).get("latent-explorer", "null"))
        best_step = header["best_step"]
        return CheckpointHeader(
            int(header["step"]), None if best_step is None else int(best_step), str(header["sha256"])
        )
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


def first_readable(paths: Iterable[Path]) -> Checkpoint | None:
    """Read the first checkpoint that is not damaged; None without paths.

    Raises
    ------
    RunError
        If all of them are damaged, or one was deleted meanwhile.
    """
    problem: RunError | None = None
    for path in paths:
        try:
            return read_checkpoint(path)
        except RunError as error:
            # The paths are out of date, and what follows would be older weights than the caller asked for.
            if not path.exists():
                raise
            problem = problem or error
    if problem is not None:
        raise problem
    return None


def read_headers(folder: Path) -> list[CheckpointHeader]:
    """Return the headers of the checkpoints in a folder, oldest first, without those that are damaged."""
    headers = []
    for path in checkpoint_paths(folder):
        try:
            headers.append(read_header(path))
        except RunError:
            continue
    return headers

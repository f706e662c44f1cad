"""Checkpoints: weights and optimizer in one safetensors file that carries its own config and checksum."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from explorer.runs.errors import RunError
from explorer.runs.files import replace_file

FORMAT_VERSION = 1
_WEIGHTS, _OPTIMIZER = "weights/", "optimizer/"


@dataclass(frozen=True)
class Checkpoint:
    """A model after ``step`` steps: its weights, its optimizer's state, and the best validation loss so far.

    ``best_loss`` is in nats per sample at ``best_step``; None before the first validation.
    """

    step: int
    config: Mapping[str, Any]
    weights: Mapping[str, Tensor]
    optimizer: Mapping[str, Tensor] = field(default_factory=dict)
    best_loss: float | None = None
    best_step: int | None = None


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write ``checkpoint`` to ``path``, whole or not at all.

    Raises
    ------
    OSError
        When the disk is full or read-only; ``path`` is then as before.
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
    # Not by save_file: it has its own temporary file, and its own error for a full disk.
    content = save(tensors, {"latent-explorer": json.dumps(header)})
    replace_file(path, lambda part: _write(part, content))


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint as data, its checksum verified.

    Raises
    ------
    RunError
        When the file is missing, damaged, or of another program or a newer format.
    """
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            header = json.loads((file.metadata() or {}).get("latent-explorer", "null"))
            # Copies: a mapped file cannot be replaced on Windows, and its tensors lie at odd addresses, where matrix
            # products may round otherwise than in the run that was not interrupted.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118  (no mapping)
    except FileNotFoundError as error:
        raise RunError(f"{path}: there is no such checkpoint") from error
    except (SafetensorError, OSError, ValueError, RuntimeError, MemoryError, RecursionError) as error:
        raise RunError(f"{path}: damaged, it cannot be read as safetensors ({error})") from error
    if not isinstance(header, dict):
        raise RunError(f"{path}: a safetensors file, but no checkpoint of Latent Explorer")
    if header.get("format") != FORMAT_VERSION:
        raise RunError(f"{path}: has format {header.get('format')}, this program reads format {FORMAT_VERSION}")
    if header.get("sha256") != _sha256(header, tensors):
        raise RunError(f"{path}: damaged, its contents do not have the checksum written in it")
    return Checkpoint(
        step=header["step"],
        config=header["config"],
        weights=_with_prefix(tensors, _WEIGHTS),
        optimizer=_with_prefix(tensors, _OPTIMIZER),
        best_loss=header["best_loss"],
        best_step=header["best_step"],
    )


def read_step_and_checksum(path: Path) -> tuple[int, str]:
    """Read what tells a checkpoint from others, without its tensors: its step, and the checksum written in it.

    Raises
    ------
    RunError
        When the file is missing, damaged or of another program.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            header = json.loads((file.metadata() or {}).get("latent-explorer", "null"))
        return int(header["step"]), str(header["sha256"])
    except (SafetensorError, OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise RunError(f"{path}: damaged, its header cannot be read ({error})") from error


def tensors_sha256(tensors: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of names, types, shapes and bytes, in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)};".encode())
        digest.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _sha256(header: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> str:
    """Return the checksum of a checkpoint: of its tensors, and of all else that its header says."""
    said = {key: value for key, value in header.items() if key != "sha256"}
    text = json.dumps(said, sort_keys=True) + tensors_sha256(tensors)
    return hashlib.sha256(text.encode()).hexdigest()


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _with_prefix(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}

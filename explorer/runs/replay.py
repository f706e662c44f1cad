"""replay/: frames of a training at spaced steps, each with weights and the codes of a fixed sample in 16 bits."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from explorer.runs.checkpoint import tensors_sha256
from explorer.runs.errors import RunError
from explorer.runs.files import replace_file

FORMAT_VERSION = 1
LARGEST_HALF = 65_504.0
"""The largest number that 16 bits hold."""
_WEIGHTS, _CODES = "weights/", "codes/"
_DAMAGE = (
    *(SafetensorError, OSError, ValueError, TypeError, KeyError),
    *(RuntimeError, MemoryError, RecursionError, OverflowError),
)
_MAX_STEPS = 2**53


@dataclass(frozen=True)
class Frame:
    """One kept moment of a training, as its file's head tells: after so many steps and epochs; ``size`` in bytes."""

    path: Path
    step: int
    epoch: float
    size: int


@dataclass(frozen=True)
class Replay:
    """What is kept of a training: its frames by step; ``damaged`` says in one sentence each which were left out."""

    frames: tuple[Frame, ...] = ()
    damaged: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """What the frames take on disk, in bytes."""
        return sum(frame.size for frame in self.frames)


@dataclass(frozen=True, eq=False)
class FrameCodes:
    """Codes of the fixed sample at one moment.

    Attributes
    ----------
    index
        ``(n,)`` the samples' indices in their data set, ascending.
    mean, log_variance
        ``(n, latent_dim)`` float32; the latter None for a point posterior.
    scale_tril
        ``(n, latent_dim, latent_dim)`` float32, the lower triangular L of full covariances; None for diagonal ones.
    """

    index: NDArray[np.int64]
    mean: NDArray[np.float32]
    log_variance: NDArray[np.float32] | None = None
    scale_tril: NDArray[np.float32] | None = None


def write_frame(
    folder: Path, step: int, epoch: float, weights: Mapping[str, Tensor], codes: FrameCodes | None
) -> Frame:
    """Write one moment of a training into a run's replay, whole or not at all.

    Codes are kept as (z − offset) / scale, each dimension by itself, so that 16 bits do for codes that lie far out or
    close together; weights that 16 bits cannot hold stay as they are.

    Raises
    ------
    OSError
        When the disk is full or read-only.
    """
    packed = {_WEIGHTS + name: _halved(tensor.detach().to("cpu")) for name, tensor in weights.items()}
    of_codes = {} if codes is None else _packed_codes(codes)
    header: dict[str, Any] = {"format": FORMAT_VERSION, "step": step, "epoch": epoch}
    header |= {"weights_sha256": _sha256(header, packed), "codes_sha256": _sha256(header, of_codes)}
    content = save(packed | of_codes, {"latent-explorer-replay": json.dumps(header)})
    folder.mkdir(exist_ok=True)
    path = folder / f"step-{step:08d}.safetensors"
    replace_file(path, lambda part: _write(part, content), flush=False)
    return Frame(path, step, epoch, len(content))


def read_replay(folder: Path) -> Replay:
    """Read which moments of a training are kept, from the heads of their files; damaged ones are left out."""
    frames, damaged = [], []
    for path in sorted(folder.glob("step-*.safetensors")):
        try:
            with safe_open(path, framework="pt", device="cpu") as file:
                header = _header(path, file)
            frames.append(Frame(path, int(header["step"]), float(header["epoch"]), path.stat().st_size))
        except _DAMAGE as error:
            damaged.append(str(_damaged(path, error)))
    return Replay(tuple(sorted(frames, key=lambda frame: frame.step)), tuple(damaged))


def read_weights(frame: Frame) -> dict[str, Tensor]:
    """Read the weights of a frame as float32, where 16 bits hold them.

    Raises
    ------
    RunError
        When the file is gone or damaged.
    """
    tensors = _read(frame.path, _WEIGHTS, "weights_sha256")
    whole = {name: tensor.float() if tensor.dtype == torch.float16 else tensor for name, tensor in tensors.items()}
    return {name.removeprefix(_WEIGHTS): tensor for name, tensor in whole.items()}


def read_codes(frame: Frame) -> FrameCodes | None:
    """Read the codes of a frame; None for a model without an encoder.

    Raises
    ------
    RunError
        When the file is gone or damaged.
    """
    tensors = _read(frame.path, _CODES, "codes_sha256")
    if not tensors:
        return None
    try:
        return _unpacked({name.removeprefix(_CODES): tensor.numpy() for name, tensor in tensors.items()})
    except _DAMAGE as error:
        raise _damaged(frame.path, error) from error


def drop_frames(frames: Iterable[Frame]) -> None:
    """Remove frames from the disk; their folder too, once it is empty."""
    folder = None
    for frame in frames:
        folder = frame.path.parent
        frame.path.unlink(missing_ok=True)
    if folder is not None and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def size_words(size: float) -> str:
    """Return a number of bytes for people: ``"340 kB"``, ``"21 MB"``."""
    for unit, bytes_each in (("GB", 1e9), ("MB", 1e6)):
        if size >= bytes_each:
            return f"{size / bytes_each:.3g} {unit}" if size < 100 * bytes_each else f"{size / bytes_each:.0f} {unit}"
    return f"{size / 1e3:.0f} kB"


def _halved(tensor: Tensor) -> Tensor:
    """Return a float tensor in 16 bits where they hold it; any other as it is."""
    tensor = tensor.contiguous()
    if tensor.dtype != torch.float32 or (tensor.numel() and bool(tensor.abs().max() > LARGEST_HALF)):
        return tensor
    return tensor.half()


def _packed_codes(codes: FrameCodes) -> dict[str, Tensor]:
    mean = codes.mean.astype(np.float64)
    finite = mean[np.isfinite(mean).all(axis=1)]
    offset = finite.mean(axis=0) if len(finite) else np.zeros(mean.shape[1])
    scale = np.abs(finite - offset).max(axis=0) if len(finite) else np.ones(mean.shape[1])
    scale[scale == 0] = 1.0
    with np.errstate(over="ignore", invalid="ignore"):  # what is no number stays none
        parts = {"mean": ((mean - offset) / scale).astype(np.float16)}
    arrays: dict[str, Any] = parts | {"offset": offset.astype(np.float64), "scale": scale.astype(np.float64)}
    if not np.array_equal(codes.index, np.arange(len(codes.index))):
        arrays["index"] = codes.index.astype(np.int32)
    tensors = {_CODES + name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in arrays.items()}
    for name in ("log_variance", "scale_tril"):
        if (value := getattr(codes, name)) is not None:
            tensors[_CODES + name] = _halved(torch.from_numpy(value))
    return tensors


def _unpacked(arrays: Mapping[str, NDArray[Any]]) -> FrameCodes:
    mean, offset, scale = arrays["mean"], arrays["offset"], arrays["scale"]
    if mean.ndim != 2 or offset.shape != scale.shape or offset.shape != mean.shape[1:]:
        raise ValueError(f"the codes are {mean.shape}, their offset {offset.shape} and scale {scale.shape}")
    count, latent_dim = mean.shape
    index = arrays["index"].astype(np.int64) if "index" in arrays else np.arange(count)
    if index.shape != (count,) or (np.diff(index, prepend=-1) <= 0).any():
        raise ValueError(f"the samples' indices {index.shape} do not belong to codes {mean.shape}")
    more = {}
    for name, shape in (("log_variance", mean.shape), ("scale_tril", (count, latent_dim, latent_dim))):
        if name in arrays and arrays[name].shape != shape:
            raise ValueError(f"{name} is {arrays[name].shape} for codes {mean.shape}")
        more[name] = arrays[name].astype(np.float32) if name in arrays else None
    return FrameCodes(index, (mean * scale + offset).astype(np.float32), **more)


def _read(path: Path, prefix: str, checksum: str) -> dict[str, Tensor]:
    """Read the tensors of one part of a frame, its checksum verified; the other part is left on the disk."""
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            header = _header(path, file)
            names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118  (no mapping)
            tensors = {name: file.get_tensor(name).clone() for name in names}  # copies: see read_checkpoint
        said = {key: header[key] for key in ("format", "step", "epoch")}
        if header[checksum] != _sha256(said, tensors):
            raise ValueError("its contents do not have the checksum written in it")
    except _DAMAGE as error:
        raise _damaged(path, error) from error
    return tensors


def _header(path: Path, file: Any) -> dict[str, Any]:
    header = json.loads((file.metadata() or {}).get("latent-explorer-replay", "null"))
    if not isinstance(header, dict):
        raise ValueError("a safetensors file, but no frame of a replay")
    if header.get("format") != FORMAT_VERSION:
        raise ValueError(f"has format {header.get('format')}, this program reads format {FORMAT_VERSION}")
    step, epoch = header["step"], float(header["epoch"])
    if type(step) is not int or not 0 <= step < _MAX_STEPS or not 0 <= epoch < float("inf"):
        raise ValueError("it does not say after how many steps it was kept")
    return header


def _sha256(header: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> str:
    return tensors_sha256({f"{json.dumps(header, sort_keys=True)} {name}": value for name, value in tensors.items()})


def _damaged(path: Path, error: Exception) -> RunError:
    return RunError(f"{path}: this frame of the replay is damaged and left out ({error})")


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)

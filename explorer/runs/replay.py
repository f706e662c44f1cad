"""The replay of a training: frames in ``replay/``, each with the weights and the codes of a fixed sample in 16 bits.

A frame is one safetensors file. Its header holds the step, the epoch and two checksums, one for the weights and one for
the codes, so that showing the codes of a frame does not read its weights.

1. `write_frame` rounds the weights to float16, where they fit, and scales each latent dimension of the codes to [−1, 1]
   before rounding, so that codes far from 0 keep their precision.
2. `read_replay` lists the frames from their headers alone.
3. `read_weights` and `read_codes` read one part of a frame, verify its checksum and convert it back to float32.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import save
from torch import Tensor

from explorer.runs.checkpoint import MAX_STEPS, check_count, opened_tensors, tensors_sha256
from explorer.runs.files import RunError, replace_bytes

FORMAT_VERSION = 1
LARGEST_HALF = 65_504.0
"""The largest finite float16."""
_WEIGHTS, _CODES = "weights/", "codes/"
_DAMAGE = (
    *(SafetensorError, OSError, ValueError, TypeError, KeyError),
    *(RuntimeError, MemoryError, RecursionError, OverflowError),
)


@dataclass(frozen=True)
class ReplayFrame:
    """One moment of a training, from the header of its file; ``size`` is that of the file in bytes."""

    path: Path
    step: int
    epoch: float
    size: int


@dataclass(frozen=True)
class Replay:
    """The frames of a training in the order of their steps, and a sentence on each file that is damaged."""

    frames: tuple[ReplayFrame, ...] = ()
    damaged: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """The size of all frames on disk, in bytes."""
        return sum(frame.size for frame in self.frames)


@dataclass(frozen=True, eq=False)
class FrameCodes:
    """Codes of the fixed sample at one moment.

    Attributes
    ----------
    index
        ``(n,)``: ascending indices in the data set.
    mean, log_variance
        Mean and log-variance of q(z|x), ``(n, latent_dim)`` float32; the latter is None for models without a variance.
    scale_tril
        ``(n, latent_dim, latent_dim)`` float32: the lower triangular L of full covariances; None for diagonal ones.
    """

    index: NDArray[np.int64]
    mean: NDArray[np.float32]
    log_variance: NDArray[np.float32] | None = None
    scale_tril: NDArray[np.float32] | None = None


def write_frame(
    folder: Path, step: int, epoch: float, weights: Mapping[str, Tensor], codes: FrameCodes | None
) -> ReplayFrame:
    """Write one frame atomically.

    Codes are stored as (z − offset) / scale with one offset and scale per dimension. Weights beyond the range of
    float16 stay in float32.

    Raises
    ------
    OSError
        If the disk is full or read-only.
    """
    packed = {_WEIGHTS + name: _halved(tensor.detach().to("cpu")) for name, tensor in weights.items()}
    of_codes = {} if codes is None else _packed_codes(codes)
    header: dict[str, Any] = {"format": FORMAT_VERSION, "step": step, "epoch": epoch}
    header |= {"weights_sha256": _sha256(header, packed), "codes_sha256": _sha256(header, of_codes)}  # one each
    content = save(packed | of_codes, {"latent-explorer-replay": json.dumps(header)})
    folder.mkdir(exist_ok=True)
    path = folder / f"step-{step:08d}.safetensors"
    # Not flushed: waiting for the disk would slow down the training, and a damaged frame is only left out.
    replace_bytes(path, content, flush=False)
    return ReplayFrame(path, step, epoch, len(content))


def read_replay(folder: Path) -> Replay:
    """List the frames of a replay from the headers of their files; damaged files are reported, not raised."""
    frames, damaged = [], []
    for path in sorted(folder.glob("step-*.safetensors")):
        try:
            with opened_tensors(path) as file:
                header = _header(path, file)
            frames.append(ReplayFrame(path, int(header["step"]), float(header["epoch"]), path.stat().st_size))
        except _DAMAGE as error:
            damaged.append(str(_damaged(path, error)))
    return Replay(tuple(sorted(frames, key=lambda frame: frame.step)), tuple(damaged))


def read_weights(frame: ReplayFrame, weights: int | None = None) -> dict[str, Tensor]:
    """Read the weights of a frame, converted from float16 to float32; ``weights`` as for `read_checkpoint`.

    Raises
    ------
    RunError
        If the file is missing or damaged.
    """
    tensors = _read(frame.path, _WEIGHTS, "weights_sha256", weights)
    whole = {name: tensor.float() if tensor.dtype == torch.float16 else tensor for name, tensor in tensors.items()}
    return {name.removeprefix(_WEIGHTS): tensor for name, tensor in whole.items()}


def read_codes(frame: ReplayFrame) -> FrameCodes | None:
    """Read the codes of a frame; None for a model without an encoder.

    Raises
    ------
    RunError
        If the file is missing or damaged.
    """
    tensors = _read(frame.path, _CODES, "codes_sha256")
    if not tensors:
        return None
    try:
        return _unpacked({name.removeprefix(_CODES): tensor.numpy() for name, tensor in tensors.items()})
    except _DAMAGE as error:
        raise _damaged(frame.path, error) from error


def drop_frames(frames: Iterable[ReplayFrame]) -> None:
    """Delete frames from the disk, and their folder once it is empty."""
    folder = None
    for frame in frames:
        folder = frame.path.parent
        frame.path.unlink(missing_ok=True)
    if folder is not None and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def size_words(size: float) -> str:
    """Return a readable size in bytes, such as ``"340 kB"`` or ``"21 MB"``."""
    for unit, bytes_each in (("GB", 1e9), ("MB", 1e6)):
        if size >= bytes_each:
            return f"{size / bytes_each:.3g} {unit}" if size < 100 * bytes_each else f"{size / bytes_each:.0f} {unit}"
    return f"{size / 1e3:.0f} kB"


def _halved(tensor: Tensor) -> Tensor:
    """Return a float32 tensor as float16 if all its values fit; any other tensor unchanged."""
    tensor = tensor.contiguous()
    if tensor.dtype != torch.float32 or (tensor.numel() and bool(tensor.abs().max() > LARGEST_HALF)):
        return tensor  # integers, and floats beyond the range of float16
    return tensor.half()


def _packed_codes(codes: FrameCodes) -> dict[str, Tensor]:
    """Return the codes as the tensors of a frame, the means scaled to [−1, 1] in float16."""
    mean = codes.mean.astype(np.float64)  # (n, latent_dim)
    finite = mean[np.isfinite(mean).all(axis=1)]
    offset = finite.mean(axis=0) if len(finite) else np.zeros(mean.shape[1])
    scale = np.abs(finite - offset).max(axis=0) if len(finite) else np.ones(mean.shape[1])
    scale[scale == 0] = 1.0  # a collapsed dimension: all its codes are equal
    with np.errstate(over="ignore", invalid="ignore"):  # NaN and infinity stay so
        parts = {"mean": ((mean - offset) / scale).astype(np.float16)}
    arrays: dict[str, Any] = parts | {"offset": offset.astype(np.float64), "scale": scale.astype(np.float64)}
    # No index means 0 … n − 1, which is the rule for small data sets.
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
    if index.shape != (count,) or (np.diff(index, prepend=-1) <= 0).any():  # not ascending, or negative
        raise ValueError(f"the samples' indices {index.shape} do not belong to codes {mean.shape}")
    more = {}
    for name, shape in (("log_variance", mean.shape), ("scale_tril", (count, latent_dim, latent_dim))):
        if name in arrays and arrays[name].shape != shape:
            raise ValueError(f"{name} is {arrays[name].shape} for codes {mean.shape}")
        more[name] = arrays[name].astype(np.float32) if name in arrays else None
    return FrameCodes(index, (mean * scale + offset).astype(np.float32), **more)


def _read(path: Path, prefix: str, checksum: str, weights: int | None = None) -> dict[str, Tensor]:
    """Read the tensors of one part of a frame and verify their checksum; the other part is not read."""
    try:
        with opened_tensors(path) as file:
            header = _header(path, file)
            if weights is not None:
                check_count(path, file, weights)
            names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118  (no mapping)
            tensors = {name: file.get_tensor(name).clone() for name in names}  # copied for the reasons in checkpoint.py
        entries = {key: header[key] for key in ("format", "step", "epoch")}
        if header[checksum] != _sha256(entries, tensors):
            raise ValueError("its checksum does not match its contents")
    except _DAMAGE as error:
        raise _damaged(path, error) from error
    return tensors


def _header(path: Path, file: Any) -> dict[str, Any]:
    header = json.loads((file.metadata() or {}).get("latent-explorer-replay", "null"))
    if not isinstance(header, dict):
        raise ValueError("a safetensors file, but not a frame of a replay")
    if header.get("format") != FORMAT_VERSION:
        raise ValueError(f"has format {header.get('format')}, but this program reads format {FORMAT_VERSION}")
    step, epoch = header["step"], float(header["epoch"])
    if type(step) is not int or not 0 <= step < MAX_STEPS or not 0 <= epoch < float("inf"):
        raise ValueError("its step or its epoch is invalid")
    return header


def _sha256(header: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> str:
    return tensors_sha256({f"{json.dumps(header, sort_keys=True)} {name}": value for name, value in tensors.items()})


def _damaged(path: Path, error: Exception) -> RunError:
    return RunError(f"{path}: this frame of the replay is damaged and was left out ({error})")

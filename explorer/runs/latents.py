"""``latents.npz``: the codes of all samples with their labels and columns, so that a run opens without its data."""

import hashlib
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.arrays.array_files import read_npz
from explorer.data.dataset import Column
from explorer.data.reading.limits import ARRAY_BYTES, CLASS_NAMES
from explorer.runs.files import RunError, open_to_read, replace_file

_DAMAGE = (
    OSError, KeyError, ValueError, TypeError, EOFError, MemoryError, RuntimeError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""The exceptions that numpy and zipfile raise on damaged files."""

_KINDS = {"index": "iu", "split": "U", "labels": "iu", "reconstruction": "f", "log_variance": "f", "scale_tril": "f"}
"""The kinds of NumPy's types that the arrays may have."""


@dataclass(frozen=True)
class Latents:
    """Codes of samples, in the order of ``index``.

    Attributes
    ----------
    step
        The training step of the weights that encoded the samples.
    mean, log_variance
        Mean and log-variance of q(z|x), ``(n, latent_dim)`` float32; the latter is None for models without a variance.
    index, labels, split
        ``(n,)``: index in the data set, class (-1 unknown; None without labels), name of the split.
    reconstruction
        ``(n,)`` float32: −log p(x|z) at the mean of q(z|x), in nats; None if it was not computed.
    columns
        Further attributes, as in the data set.
    drawn
        True for a model without an encoder: the rows are draws from its prior, ``index`` is negative, and ``labels``
        are the classes that the decodes resemble.
    labelled_by
        How draws got their labels: the words after "coloured by".
    scale_tril
        ``(n, latent_dim, latent_dim)`` float32: the lower triangular L of full covariances L·Lᵀ; None for diagonal
        ones.
    """

    step: int
    mean: NDArray[np.float32]
    log_variance: NDArray[np.float32] | None
    index: NDArray[np.int64]
    split: NDArray[np.str_]
    labels: NDArray[np.int64] | None = None
    reconstruction: NDArray[np.float32] | None = None
    columns: Mapping[str, Column] = field(default_factory=dict)
    scale_tril: NDArray[np.float32] | None = None
    drawn: bool = False
    labelled_by: str = ""


def write_latents(path: Path, latents: Latents) -> None:
    """Write latents to ``path`` atomically."""
    arrays: dict[str, Any] = {"step": np.array(latents.step)}
    for name in ("mean", "log_variance", "index", "split", "labels", "reconstruction", "scale_tril"):
        value = getattr(latents, name)
        if value is not None:
            arrays[name] = value
    if latents.drawn:
        arrays |= {"drawn": np.array(True), "labelled_by": np.array(latents.labelled_by)}
    for name, column in latents.columns.items():
        arrays[f"column/{name}"] = column.values
        arrays[f"unit/{name}"] = np.array(column.unit)
        if column.categories:
            arrays[f"categories/{name}"] = np.array(column.categories)

    arrays["sha256"] = np.array(_sha256(arrays))  # last, as it covers all other arrays

    def write(part: Path) -> None:
        with part.open("wb") as file:
            np.savez_compressed(file, **arrays)

    replace_file(path, write)


def read_latents(path: Path) -> Latents:
    """Read latents and verify their checksum and shapes.

    Raises
    ------
    RunError
        If the file is damaged or the shapes of its arrays do not match.
    """
    try:
        open_to_read(path, ARRAY_BYTES).close()
        # Without pickle, which could run code from the file, and with limits of the size.
        arrays = dict(read_npz(path))
        if str(arrays.pop("sha256")) != _sha256(arrays):
            raise ValueError("the checksum does not match the arrays")
        latents = _build(arrays)
    except RunError:
        raise
    except _DAMAGE as error:
        raise RunError(f"{path}: damaged, the codes cannot be read ({error})") from error
    _check_shapes(path, latents)
    return latents


def _check_shapes(path: Path, latents: Latents) -> None:
    codes = latents.mean
    if codes.ndim != 2 or codes.dtype.kind != "f":
        raise RunError(f"{path}: damaged, the codes are {codes.dtype} {codes.shape} instead of floats (n, latent_dim)")
    # One value per code for these, and the shape of the codes for the others.
    wanted = dict.fromkeys(("index", "split", "labels", "reconstruction"), codes.shape[:1])
    found = {name: getattr(latents, name) for name in wanted} | {"log_variance": latents.log_variance}
    wanted["log_variance"] = codes.shape
    wanted["scale_tril"], found["scale_tril"] = (*codes.shape, codes.shape[1]), latents.scale_tril
    for name, column in latents.columns.items():
        wanted[f"column {name}"], found[f"column {name}"] = codes.shape[:1], column.values
    for name, value in found.items():
        if value is not None and value.shape != wanted[name]:
            raise RunError(f"{path}: damaged, {name} is {value.shape} for codes {codes.shape}")
    if problem := _problem_of(latents):
        raise RunError(f"{path}: damaged, {problem}")


def _problem_of(latents: Latents) -> str:
    """Return which values of the latents are impossible, or ""."""
    for name, kinds in _KINDS.items():
        value = getattr(latents, name)
        if value is not None and value.dtype.kind not in kinds:
            return f"{name} has the type {value.dtype}"
    labels = latents.labels
    if labels is not None and len(labels) and not -1 <= labels.min() <= labels.max() < CLASS_NAMES.value:
        return f"the labels are {labels.min()} to {labels.max()}"
    for name, column in latents.columns.items():
        values, count = column.values, len(column.categories)
        if values.dtype.kind not in ("iu" if count else "iufb"):
            return f"column {name} has the type {values.dtype}"
        if count and len(values) and not -1 <= values.min() <= values.max() < count:
            return f"column {name} has the values {values.min()} to {values.max()} for {count} categories"
    return ""


def _sha256(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Return the SHA-256 of names, dtypes, shapes and bytes; the archive's own checksums do not cover the names."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape};".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _build(arrays: dict[str, NDArray[Any]]) -> Latents:
    columns = {}
    for key in arrays:
        if key.startswith("column/"):
            name = key.removeprefix("column/")
            categories = tuple(map(str, arrays.get(f"categories/{name}", ())))
            columns[name] = Column(name, arrays[key], categories, str(arrays[f"unit/{name}"]))
    return Latents(
        step=int(arrays["step"]),
        mean=arrays["mean"],
        log_variance=arrays.get("log_variance"),
        index=arrays["index"],
        split=arrays["split"],
        labels=arrays.get("labels"),
        reconstruction=arrays.get("reconstruction"),
        scale_tril=arrays.get("scale_tril"),
        drawn="drawn" in arrays,
        labelled_by=str(arrays.get("labelled_by", "")),
        columns=columns,
    )

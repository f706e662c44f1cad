"""The user's own inputs as numbers: samples, codes, reconstructions, errors and nearest samples, as NPZ or CSV."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from explorer.data.dataset import Description
from explorer.data.own_input.sources import PictureSource
from explorer.export.arrays import save_arrays
from explorer.export.pictures import save_picture
from explorer.export.tables import save_table
from explorer.latent.codes.encode_input import EncodedInput
from explorer.latent.steps import Absent

NamedInputs = Sequence[tuple[str, EncodedInput]]
"""Encoded inputs of one run by name, at least one."""


def save_inputs_arrays(path: Path, encoded: NamedInputs) -> None:
    """Write arrays with one row per input: name, sample, mean, reconstruction and error_nats.

    ``sample`` and ``reconstruction`` are ``(inputs, *shape)`` in the samples' own units, ``mean`` is
    ``(inputs, latent_dim)``, and ``error_nats`` is NaN where it is not defined. If defined, ``log_variance``,
    ``scale_tril``, ``nearest`` and ``distances``, in latent units, are added.
    """
    inputs = [one for _, one in encoded]
    arrays: dict[str, Any] = {
        "name": np.array([name for name, _ in encoded], dtype=np.str_),
        "sample": np.stack([one.fitted.sample for one in inputs]),
        "mean": np.stack([one.mean for one in inputs]),
        "reconstruction": np.stack([one.reconstruction for one in inputs]),
        "error_nats": np.array([np.nan if isinstance(one.error, Absent) else one.error.nats for one in inputs]),
    }
    for key in ("log_variance", "scale_tril"):
        found = [getattr(one, key) for one in inputs]
        # All inputs are of one model: it has variances for all of them, or for none.
        if found[0] is not None:
            arrays[key] = np.stack(found)
    near = [one.near for one in inputs if not isinstance(one.near, Absent)]
    # Rows of different lengths cannot be stacked.
    if len(near) == len(inputs):
        arrays |= {
            "nearest": np.stack([one.index for one in near]),
            "distances": np.stack([one.distances for one in near]),
        }
    save_arrays(path, arrays)


def save_inputs_table(path: Path, description: Description, encoded: NamedInputs) -> None:
    """Write one row per input: class by the nearest codes, error and its percentile, KL, nearest sample, and z."""
    heads = ["name", "class", "votes", "error_nats", "error_percentile", "kl_nats", "nearest_sample"]
    heads += [f"z{axis + 1}" for axis in range(len(encoded[0][1].mean))]
    save_table(path, heads, (_row(name, one, description) for name, one in encoded))


def save_input_picture(path: Path, source: PictureSource) -> None:
    """Write a picture as PNG: in grey with all its 16 bits, in colour with 8 bits per channel."""
    levels = np.frombuffer(source.pixels, np.uint16).reshape(source.shape)
    # PNG has no colours with 16 bits in Pillow. 65,535 / 257 is 255.
    pixels = levels[0] if len(levels) == 1 else np.rint(levels.transpose(1, 2, 0) / 257).astype(np.uint8)
    save_picture(path, pixels)


def _row(name: str, encoded: EncodedInput, description: Description) -> list[Any]:
    error, near = encoded.error, encoded.near
    # Empty cells keep the columns of other inputs in place.
    known: list[Any] = ["", "", ""]
    if not isinstance(near, Absent):
        known = [description.class_name(near.label), near.votes, int(near.index[0])]
    nats, share = ("", "") if isinstance(error, Absent) else (error.nats, error.percentile)
    kl = "" if isinstance(encoded.kl, Absent) else encoded.kl
    return [name, *known[:2], nats, "" if share is None else share, kl, known[2], *encoded.mean.tolist()]

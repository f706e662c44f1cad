"""Random binarisation: grey values taken as probabilities of a one (Salakhutdinov and Murray 2008, section 5)."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError
from explorer.data.dataset import Dataset, Transform

SEED = 0
"""Of the one fixed draw that validation, test and the plane see; a training draws anew in each epoch."""
_CHUNK = 4096


def binarise(dataset: Dataset) -> Dataset:
    """Return the data set with each value drawn to 0 or the maximum, with its grey value as probability.

    ``samples`` are one fixed draw, ``intensities`` the grey values, both under one transform: a model sees zeros and
    ones of the one, probabilities of the other. Whole numbers keep their type and range, others become 0 to 1.

    Raises
    ------
    ConfigError
        For what is no picture, or has values outside of its declared range.
    """
    _check(dataset)
    about, grey = dataset.description, dataset.samples
    transform, value_range = about.transform, about.value_range
    if grey.dtype.kind == "f":
        # Their ends need not come out as 0 and 1 exactly under the transform.
        grey = transform.apply(grey).clip(0, 1)
        transform, value_range = Transform(np.zeros((), np.float32), np.ones((), np.float32)), (0.0, 1.0)
    samples = _drawn(grey, transform, value_range)
    for array in (grey, samples):
        array.flags.writeable = False
    description = replace(
        about,
        transform=transform,
        value_range=value_range,
        unit_range=True,
        fingerprint=sha256(f"{about.fingerprint} binarised {SEED}".encode()).hexdigest(),
    )
    return replace(dataset, description=description, samples=samples, intensities=grey)


def _check(dataset: Dataset) -> None:
    about = dataset.description
    if about.kind != "image":
        held = {"text": "text", "vector": "measurements"}[about.kind]
        raise ConfigError(
            f"data.binarise: {about.name} holds {held}, and only the grey values of pictures can be taken as "
            "probabilities; switch it off"
        )
    if not about.unit_range:
        low, high = about.value_range
        raise ConfigError(
            f"data.binarise: {about.name} has values outside of its range {low:g} to {high:g}, which are no "
            "probabilities; switch it off, or rescale the pictures"
        )


def _drawn(grey: NDArray[Any], transform: Transform, value_range: tuple[float, float]) -> NDArray[Any]:
    """Draw the ends of the range, in chunks: the thresholds of all pictures at once would take a lot of memory."""
    low, high = (np.asarray(end).astype(grey.dtype) for end in value_range)
    rng = np.random.default_rng(SEED)
    drawn = np.empty_like(grey)
    for start in range(0, len(grey), _CHUNK):
        chosen = grey[start : start + _CHUNK]
        ones = rng.random(chosen.shape, np.float32) < transform.apply(chosen)
        drawn[start : start + _CHUNK] = np.where(ones, high, low)
    return drawn

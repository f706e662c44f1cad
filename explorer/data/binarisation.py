"""Random binarization: draws each pixel as 0 or 1 with its grey value as the probability of 1.

A Bernoulli likelihood then is the true one (Salakhutdinov and Murray 2008, section 5). Training draws the pixels anew
in each epoch; validation, test and the plane see one fixed draw.
"""

from dataclasses import replace
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError
from explorer.data.dataset import Dataset
from explorer.data.transform import Transform

SEED = 0
"""Seed of the fixed draw for validation, test and the plane."""
_CHUNK = 4096
"""Pictures drawn at once."""


def binarise(dataset: Dataset) -> Dataset:
    """Return the data set with each pixel drawn as the lowest or the highest value, by its grey value.

    ``samples`` is one fixed draw and ``intensities`` the grey values. Both have the same transform, which maps the
    draws to 0 and 1 and the grey values to probabilities. Integer pictures keep their dtype and range; others become
    floats in [0, 1].

    Raises
    ------
    ConfigError
        If the samples are not pictures, or values lie outside the declared range.
    """
    _check(dataset)
    about, grey = dataset.description, dataset.samples
    transform, value_range = about.transform, about.value_range
    if grey.dtype.kind == "f":
        # The transform of a float range need not map its ends to exactly 0 and 1.
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
        # Another fingerprint than the grey data: their figures and runs cannot be compared.
        fingerprint=sha256(f"{about.fingerprint} binarised {SEED}".encode()).hexdigest(),
    )
    return replace(dataset, description=description, samples=samples, intensities=grey)


def _check(dataset: Dataset) -> None:
    about = dataset.description
    if about.kind != "image":
        contents = {"text": "text", "vector": "measurements"}[about.kind]
        raise ConfigError(
            f"data.binarise: {about.name} contains {contents}, but only grey values of pictures can serve as "
            "probabilities; turn it off"
        )
    if not about.unit_range:
        low, high = about.value_range
        raise ConfigError(
            f"data.binarise: {about.name} has values outside its range of {low:g} to {high:g}, which cannot serve as "
            "probabilities; turn it off, or rescale the pictures"
        )


def _drawn(grey: NDArray[Any], transform: Transform, value_range: tuple[float, float]) -> NDArray[Any]:
    """Draw the lowest or the highest value for each pixel, in chunks to limit the memory for the thresholds."""
    low, high = (np.asarray(end).astype(grey.dtype) for end in value_range)
    rng = np.random.default_rng(SEED)
    drawn = np.empty_like(grey)
    for start in range(0, len(grey), _CHUNK):
        chosen = grey[start : start + _CHUNK]
        ones = rng.random(chosen.shape, np.float32) < transform.apply(chosen)  # P(1) = grey value in [0, 1]
        drawn[start : start + _CHUNK] = np.where(ones, high, low)
    return drawn

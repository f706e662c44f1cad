"""Prepares the pictures of a data set as its settings say: resizes them, and draws each pixel as 0 or 1.

- Readers of picture files resize while reading; `resized` does the same to pictures that were read from arrays.
- Random binarization takes the grey value of a pixel as the probability of 1. A Bernoulli likelihood then is the true
  one (Salakhutdinov and Murray 2008, section 5). Training draws the pixels anew in each epoch; validation, test and the
  plane see one fixed draw.
"""

from dataclasses import replace
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from explorer.config import ConfigError, DataConfig
from explorer.data.dataset import Dataset
from explorer.data.transform import Transform

GROUNDS = {"white": 1.0, "grey": 0.5}
"""Where in the range of values the background around padded pictures lies; black is the least value."""
SEED = 0
"""Seed of the fixed draw for validation, test and the plane."""
_CHUNK = 4096
"""Pictures drawn at once."""


def resized(dataset: Dataset, config: DataConfig) -> Dataset:
    """Return the data set with pictures of the size that the config says; the same one if they have it already."""
    about, side = dataset.description, config.picture_size
    if about.kind != "image" or not side or about.shape[1:] == (side, side):
        return dataset
    low, high = about.value_range
    ground = low + GROUNDS.get(config.picture_ground, 0.0) * (high - low)
    made = np.empty((len(dataset), about.shape[0], side, side), dataset.samples.dtype)
    for index, picture in enumerate(dataset.samples):
        for channel, plane in enumerate(picture):
            made[index, channel] = _resized_plane(plane, side, config.picture_fit, ground)
    made.flags.writeable = False
    # Another fingerprint than that of the data as it is stored: runs on the two cannot be compared.
    fingerprint = sha256(f"{about.fingerprint} {side} {config.picture_fit}".encode()).hexdigest()
    description = replace(about, shape=made.shape[1:], fingerprint=fingerprint)
    changed = (f"{len(dataset):,} pictures resized from {about.shape[2]}×{about.shape[1]} to {side}×{side} pixels",)
    report = replace(dataset.report, changed=(*dataset.report.changed, *changed))
    return replace(dataset, description=description, samples=made, report=report)


def _resized_plane(plane: NDArray[Any], side: int, fit: str, ground: float) -> NDArray[Any]:
    # Pillow resizes 8 bits and floats alike, but not 16 bits.
    values = plane if plane.dtype == np.uint8 else plane.astype(np.float32)
    fitted = np.asarray(fit_picture(Image.fromarray(np.ascontiguousarray(values)), (side, side), fit, ground))
    return fitted if plane.dtype.kind == "f" else fitted.round().astype(plane.dtype)


def fit_picture(picture: Image.Image, size: tuple[int, int], fit: str, ground: float) -> Image.Image:
    """Return a picture of a width and height: by ``fit`` cropped, stretched, or padded with the ground."""
    if picture.size == size:
        return picture
    # Pillow's bilinear filter averages when it shrinks, and unlike Lanczos it never leaves the range of the values.
    bilinear = Image.Resampling.BILINEAR
    if fit == "crop":
        return ImageOps.fit(picture, size, bilinear)
    if fit == "stretch":
        return picture.resize(size, bilinear)
    colour = (int(ground),) * 3 if picture.mode == "RGB" else ground
    return ImageOps.pad(picture, size, bilinear, color=colour)  # type: ignore[arg-type]


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

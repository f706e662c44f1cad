"""The common style of the pictures of a data set: background, ink, and the size and position of their contents.

It is measured on the training samples, so that a drawing can be fitted to any data set, and not only to digits.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Dataset

MAX_SAMPLES, MAX_VALUES = 300, 1_000_000
"""Maximum number of pictures, and of their values, that are examined."""
NEAR, SHARE = 0.12, 0.6
"""The pictures have a common background if this share of their outermost pixels is within ``NEAR`` of the median."""
MIN_CONTRAST = 0.1
"""Minimum contrast of ink and background."""
CONTENT = 0.15
"""Pixels that differ from the background by more than this part of the contrast are contents."""
SAME_SIZE = 0.1
"""Contents have one size if the middle half of their longer sides spans no more than this part of the picture."""
CENTRED_BY_MASS, CENTRED_BY_BOX = 0.025, 0.05
"""Maximum standard deviation of the centres of contents that count as centred, as parts of the side of a picture."""

Picture = NDArray[np.float32]


@dataclass(frozen=True)
class PictureStyle:
    """The common style of pictures; levels are from 0 (black) to 1 (white).

    Attributes
    ----------
    ground, ink
        Levels of the background and of the strongest contents; None if there is no common background.
    size
        Length of the longer side of the contents in pixels; None if it varies.
    centred_by, centre
        How contents are centred, "" if they are not; and the centre: (row, column) in pixels from the upper left.
    stroke
        Mean width of the contents in pixels, for a brush that draws like the data; None without a common background.
    two_levels
        Whether all pixels have the lowest or the highest value.
    """

    ground: float | None = None
    ink: float | None = None
    size: float | None = None
    centred_by: Literal["mass", "box", ""] = ""
    centre: tuple[float, float] = (0.0, 0.0)
    stroke: float | None = None
    two_levels: bool = False


_KNOWN: dict[str, PictureStyle] = {}
"""Styles by the fingerprint of their data; each is a few numbers."""


def style_of(dataset: Dataset) -> PictureStyle:
    """Return the style of the training pictures of a data set; it is measured once."""
    key = dataset.description.fingerprint
    if key not in _KNOWN or not key:
        _KNOWN[key] = _measure(dataset)
    return _KNOWN[key]


def _measure(dataset: Dataset) -> PictureStyle:
    index = dataset.splits.train
    if len(index) == 0:
        return PictureStyle()
    # A few hundred pictures suffice for medians, and more would delay the first drawing.
    most = max(1, min(MAX_SAMPLES, MAX_VALUES // dataset.description.features))
    low, high = dataset.description.value_range
    samples = dataset.rows(index[:: -(-len(index) // most)]).astype(np.float32)
    return measure_style((samples - low) / ((high - low) or 1.0))


def measure_style(pictures: NDArray[np.float32]) -> PictureStyle:
    """Return the style of pictures ``(n, C, H, W)`` from 0 to 1."""
    two_levels = bool(((pictures == 0) | (pictures == 1)).all())
    grey = pictures.mean(axis=1)  # (n, H, W)
    borders = np.stack([border_of(one) for one in grey])
    ground = float(np.median(borders))
    # Photos have no common background, so only their size and levels are known.
    if (np.abs(borders - ground) <= NEAR).mean() < SHARE:
        return PictureStyle(two_levels=two_levels)
    # Above or below: dark ink on paper has negative offsets.
    offsets = grey - ground
    # The strongest contents of each picture, above or below the background.
    flat = offsets.reshape(len(offsets), -1)
    strongest = flat[np.arange(len(flat)), np.abs(flat).argmax(axis=1)]
    # The median, as single pictures may be empty or inverted.
    contrast = float(np.median(strongest))
    if abs(contrast) < MIN_CONTRAST:
        return PictureStyle(two_levels=two_levels)
    found = [place for one in offsets / contrast if (place := _place(one)) is not None]
    side = min(grey.shape[1:])
    sizes, boxes, masses = (np.array(values, np.float64) for values in zip(*found, strict=True))
    # The middle half, since specks enlarge the box of a few pictures.
    first, third = np.percentile(sizes, [25, 75])
    size = float(np.median(sizes)) if third - first <= SAME_SIZE * side else None
    by, centres = _centring(boxes, masses, side)
    centre = (float(centres[0]), float(centres[1]))
    ink = min(1.0, max(0.0, ground + contrast))
    return PictureStyle(ground, ink, size, by, centre, _stroke_width(offsets / contrast), two_levels)


def _centring(
    boxes: NDArray[np.float64], masses: NDArray[np.float64], side: int
) -> tuple[Literal["mass", "box", ""], NDArray[np.float64]]:
    # By mass first, as in MNIST, whose boxes are nearly centred, too.
    if masses.std(axis=0).max() <= CENTRED_BY_MASS * side:
        return "mass", masses.mean(axis=0)
    if boxes.std(axis=0).max() <= CENTRED_BY_BOX * side:
        return "box", boxes.mean(axis=0)
    return "", np.zeros(2)


def _stroke_width(strength: NDArray[np.floating]) -> float:
    """Return the mean width of strokes in pixels: twice their area over the length of their outline, ``(n, H, W)``."""
    # Padded, so that an outline at the edge of the picture counts as well.
    content = np.pad(strength > 0.5, ((0, 0), (1, 1), (1, 1)))
    steps = sum(int((np.diff(content.astype(np.int8), axis=axis) != 0).sum()) for axis in (1, 2))
    # An outline in all directions crosses 4/π pixel edges per pixel of its length (Cauchy and Crofton).
    return 2 * float(content.sum()) / max(1.0, steps * np.pi / 4)


def _place(strength: NDArray[np.floating]) -> tuple[float, tuple[float, float], tuple[float, float]] | None:
    """Return the longer side of the contents, the centre of their box, and their centre of mass; None if blank."""
    box = content_box(strength)
    if box is None:
        return None
    top, bottom, left, right = box
    middle = ((top + bottom) / 2, (left + right) / 2)
    return float(max(bottom - top, right - left)), middle, mass_centre(strength)


def border_of(grey: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the outermost pixels of a picture ``(H, W)``; one in fifty of its side thick, at least one pixel."""
    thick = max(1, min(grey.shape) // 50)
    parts = (grey[:thick], grey[-thick:], grey[:, :thick], grey[:, -thick:])
    return np.concatenate([part.ravel() for part in parts])


def content_box(strength: NDArray[np.floating]) -> tuple[int, int, int, int] | None:
    """Return top, bottom, left and right of the contents, from strengths ``(H, W)`` of 0 to 1; None if blank.

    A row or column belongs to them if one in two hundred of its pixels does, which leaves out specks of a photo.
    """
    content = strength > CONTENT
    rows, columns = (np.flatnonzero(content.sum(axis=axis) >= max(1.0, content.shape[axis] / 200)) for axis in (1, 0))
    if not len(rows) or not len(columns):
        return None
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def mass_centre(strength: NDArray[np.floating]) -> tuple[float, float]:
    """Return the centre of mass (row, column) of strengths ``(H, W)`` in pixels; the middle if blank."""
    mass = np.clip(strength, 0, None)
    total = float(mass.sum())
    if total <= 0:
        return strength.shape[0] / 2, strength.shape[1] / 2
    rows, columns = np.arange(strength.shape[0]) + 0.5, np.arange(strength.shape[1]) + 0.5
    return float(mass.sum(axis=1) @ rows / total), float(mass.sum(axis=0) @ columns / total)

"""The state of a picture between the steps that fit it to a data set: its pixels and levels, and the wanted style."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.data.own_input.picture_style import PictureStyle, border_of

Picture = NDArray[np.float32]
"""``(C, H, W)``, from 0 to 1."""
FAINT = 16 / 255
"""A picture is blank if every pixel differs from the background by less than this."""
STRONG = 99.5
"""Percentile of the differences from the background that is the strength of the contents."""


@dataclass(frozen=True)
class PictureState:
    """A picture between two steps of the fitting.

    Attributes
    ----------
    ground, ink
        Levels of its background and of its strongest contents.
    style, shape
        Common style and shape of the samples that it is fitted to.
    """

    picture: Picture
    ground: float
    ink: float
    style: PictureStyle
    shape: tuple[int, int, int]

    @property
    def grey(self) -> Picture:
        """The mean of the channels, ``(H, W)``."""
        mean: Picture = self.picture.mean(axis=0)
        return mean

    @property
    def is_blank(self) -> bool:
        """Whether no pixel differs from the background."""
        return abs(self.ink - self.ground) < FAINT

    @property
    def strength(self) -> Picture:
        """How far each pixel differs from the background towards the contents, ``(H, W)``; 1 for the strongest."""
        return (self.grey - self.ground) / (self.ink - self.ground or 1.0)


def begin(picture: Picture, style: PictureStyle, shape: tuple[int, ...]) -> PictureState:
    """Return a picture with the levels of its background, the median of its border, and of its contents.

    ``picture`` is ``(C, H, W)`` from 0 to 1; ``shape`` is that of the samples.
    """
    grey = picture.mean(axis=0)
    ground = float(np.median(border_of(grey)))
    offsets = grey - ground
    # Contents are on the side of the background where more differs from it.
    side = 1.0 if float(offsets.sum()) >= 0 else -1.0
    ink = ground + side * float(np.percentile(np.maximum(side * offsets, 0), STRONG))
    if abs(ink - ground) < FAINT:  # a thin stroke may cover less than one pixel in two hundred
        furthest = float(offsets.flat[np.abs(offsets).argmax()])
        ink = ground + furthest
    return PictureState(picture, ground, ink, style, (shape[0], shape[1], shape[2]))


def wanted_levels(state: PictureState) -> tuple[float, float]:
    """Return the levels of background and ink of the data; their opposites for a picture that is left inverted."""
    assert state.style.ground is not None and state.style.ink is not None
    if (state.style.ink > state.style.ground) == (state.ink > state.ground):
        return state.style.ground, state.style.ink
    return 1 - state.style.ground, 1 - state.style.ink

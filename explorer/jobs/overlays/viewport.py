"""The visible part of a plane: its box in latent units, its size on the screen, and the map from points to codes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.plane.scene import Scene
from explorer.latent.plane.box import Box
from explorer.latent.plane.projection import Projection

BEYOND = 0.1
"""Margin of overlays around the visible part, as a share of it, so that panning a little shows no edge."""


@dataclass(frozen=True)
class Viewport:
    """A box of a plane, with all that is needed to find the codes in it.

    Attributes
    ----------
    pixels
        Width and height of the box on the screen, at scale 1.
    projection, base
        Map from points to z. The code ``base`` supplies the coordinates that the plane does not show.
    words
        Text for the corner, such as the values of the dimensions that the plane does not show.
    """

    box: Box
    pixels: tuple[int, int]
    projection: Projection
    base: tuple[float, ...]
    words: str = ""

    @property
    def is_flat(self) -> bool:
        """Whether there is one latent dimension, so the y of a point has no meaning."""
        return self.projection.latent_dim == 1

    def is_moved(self, other: "Viewport") -> bool:
        """Whether equal points have equal codes in both viewports, so that one is the other one moved."""
        return (self.projection, self.base) == (other.projection, other.base)

    def codes_at(self, points: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return the codes ``(n, latent_dim)`` of points ``(n, 2)``."""
        return self.projection.codes_at(self.base, points).astype(np.float32)


def viewport_of(scene: Scene, words: str = "") -> Viewport:
    """Return the visible part of a scene with the margin `BEYOND` around it."""
    # The pixels grow with the box, so that a cell keeps its size on the screen.
    width, height = (round(side * (1 + 2 * BEYOND)) for side in scene.pixels)
    return Viewport(scene.box.grown(BEYOND), (width, height), scene.projected.projection, scene.base, words)

"""The visible part of a plane, as a question holds it: where it is, how large on the screen, which z it means."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.plane.scene import Scene
from explorer.latent.plane.box import Box
from explorer.latent.plane.projection import Projection

BEYOND = 0.1
"""How far overlays reach beyond the visible part, as a share of it: a small move of the plane shows no edge."""


@dataclass(frozen=True)
class Viewport:
    """A box of a plane.

    Attributes
    ----------
    pixels
        Width and height of the box on the screen, at scale 1.
    projection, base
        From points to z, ``base`` giving what the plane does not show.
    words
        What the corner says of it, such as the values of the dimensions that the plane does not show.
    """

    box: Box
    pixels: tuple[int, int]
    projection: Projection
    base: tuple[float, ...]
    words: str = ""

    @property
    def is_flat(self) -> bool:
        """Whether there is one latent dimension, so that the height of a point means nothing."""
        return self.projection.latent_dim == 1

    def is_moved(self, other: "Viewport") -> bool:
        """Whether points mean the same z in another viewport."""
        return (self.projection, self.base) == (other.projection, other.base)

    def codes_at(self, points: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return the codes ``(n, latent_dim)`` of points ``(n, 2)``."""
        return self.projection.codes_at(self.base, points).astype(np.float32)


def viewport_of(scene: Scene, words: str = "") -> Viewport:
    """Return the visible part of the plane of a scene, and a little more around it."""
    width, height = (round(side * (1 + 2 * BEYOND)) for side in scene.pixels)
    return Viewport(scene.box.grown(BEYOND), (width, height), scene.projected.projection, scene.base, words)

"""What of a plane is in sight, as a question holds it: where it is, how large on the screen, which z it means."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.plane.scene import Scene
from explorer.latent.plane.box import Box
from explorer.latent.plane.projection import Projection

BEYOND = 0.1
"""How far beyond what is in sight overlays reach, as a share of it: a small move of the plane shows no edge."""


@dataclass(frozen=True)
class Viewport:
    """A box of a plane.

    Attributes
    ----------
    pixels
        Width and height of the box on the screen, at scale 1.
    projection, base
        From places to z, ``base`` giving what the plane does not show.
    words
        What is to be said of all that is seen there, such as what is taken for the rest of z.
    """

    box: Box
    pixels: tuple[int, int]
    projection: Projection
    base: tuple[float, ...]
    words: str = ""

    @property
    def is_flat(self) -> bool:
        """Whether there is one latent dimension, so that a place's height means nothing."""
        return self.projection.latent_dim == 1

    def is_moved(self, other: "Viewport") -> bool:
        """Whether places mean the same z in another sight."""
        return (self.projection, self.base) == (other.projection, other.base)

    def codes_at(self, places: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return the codes ``(n, latent_dim)`` of places ``(n, 2)``."""
        return self.projection.codes_at(self.base, places).astype(np.float32)


def viewport_of(scene: Scene, words: str = "") -> Viewport:
    """Return what is in sight of a scene, and a little more around it."""
    width, height = (round(side * (1 + 2 * BEYOND)) for side in scene.pixels)
    return Viewport(scene.box.grown(BEYOND), (width, height), scene.projected.projection, scene.base, words)

"""What a plane shows, as plain values: its points, their classes, and what its overlays have found."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import OverlayResult

Level = Literal["under", "over", "above", "edge"]
"""Where an overlay lies: under the points, over them, above other overlays, or inside the plane's edges on top."""


@dataclass(frozen=True, eq=False)
class PlaneLayer:
    """One overlay: its name as in the catalogue, its level, and its parts, words and numbers."""

    name: str
    level: Level
    result: OverlayResult


@dataclass(frozen=True, eq=False)
class PlaneContents:
    """A run's plane.

    Attributes
    ----------
    title, subtitle
        The run's name, and what the points are.
    box
        What is in sight, in latent units.
    points
        ``(n, 2)`` the points, in latent units.
    index
        ``(n,)`` the sample of each.
    labels
        ``(n,)`` their classes, -1 unknown; None for data without classes.
    axis_titles
        Of both axes: "z₁", or "PC1 (62 %)".
    is_strips
        Whether there is one latent dimension: z across, classes as strips above each other.
    marked
        ``(k, 2)`` the points of followed and selected samples.
    layers
        The overlays, in the order in which they were asked for.
    """

    title: str
    subtitle: str
    box: Box
    points: NDArray[np.float64]
    index: NDArray[np.int64]
    labels: NDArray[np.int64] | None
    description: Description
    axis_titles: tuple[str, str]
    is_strips: bool = False
    marked: NDArray[np.float64] | None = None
    layers: tuple[PlaneLayer, ...] = ()

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes that colours tell apart; none for data without labels."""
        return () if self.labels is None else self.description.class_names

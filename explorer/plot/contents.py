"""The contents of a plane as plain values: its points, their classes, and the results of its overlays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import Level, OverlayResult


@dataclass(frozen=True, eq=False)
class PlaneLayer:
    """One overlay: its name in the catalogue, its level, and its result with parts, text and numbers."""

    name: str
    level: Level
    result: OverlayResult


@dataclass(frozen=True, eq=False)
class PlaneContents:
    """The plane of a run.

    Attributes
    ----------
    title, subtitle
        Name of the run, and a text on the points, such as their number.
    box
        Visible part in latent units.
    points
        Points in latent units, ``(n, 2)``.
    index
        Sample of each point, ``(n,)``.
    labels
        Class of each point, ``(n,)``, with -1 for unknown; None for data without classes.
    axis_titles
        Titles of the two axes, such as "z₁" or "PC1 (62 %)".
    is_strips
        Whether there is one latent dimension, drawn with z across and one strip per class.
    marked
        Points of the probed and selected samples, ``(k, 2)``.
    layers
        Overlays in the order of drawing within their levels.
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
        """The names of the classes, which have a colour each; empty for data without labels."""
        return () if self.labels is None else self.description.class_names

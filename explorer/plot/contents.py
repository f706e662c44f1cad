"""The contents of a plane as plain values: its points, what their colours mean, its marks and its overlays."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.latent.plane.box import Box
from explorer.latent.plane.cursor_marks import CursorMarks
from explorer.latent.plane.overlay_parts import Level, OverlayResult


@dataclass(frozen=True, eq=False)
class PlaneLayer:
    """One overlay: its name in the catalogue, its level, its result with parts, text and numbers, and its key."""

    name: str
    level: Level
    result: OverlayResult
    key: str = ""
    """What its lines mean, such as "Dashed: prior, 1σ to 3σ"."""


@dataclass(frozen=True, eq=False)
class PointColours:
    """What the colours of n points mean, without the colours themselves, which depend on the theme.

    Attributes
    ----------
    title
        Title of the quantity, such as "class" or "density".
    groups, names
        Group of each point, ``(n,)``, with -1 for unknown, and the names of the groups; None for continuous values.
    hidden
        Groups that the legend leaves out.
    values, span, unit
        Values ``(n,)``, the values at the two ends of the colours, and their unit; None for groups.
    """

    title: str
    groups: NDArray[np.int64] | None = None
    names: tuple[str, ...] = ()
    hidden: frozenset[int] = frozenset()
    values: NDArray[np.float64] | None = None
    span: tuple[float, float] = (0.0, 1.0)
    unit: str = ""


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
    marks
        The marks of the probed and selected samples and of the path.
    layers
        Overlays in the order of drawing within their levels.
    coloured_by
        What the colours of the points mean; by default their class.
    emphasis
        Factor on the opacity of each point, ``(n,)``; None if all are 1.
    point_size, point_opacity
        Factors on the size and the opacity of all points.
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
    marks: CursorMarks = field(default_factory=CursorMarks)
    layers: tuple[PlaneLayer, ...] = ()
    coloured_by: PointColours | None = None
    emphasis: NDArray[np.float32] | None = None
    point_size: float = 1.0
    point_opacity: float = 1.0

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes, which have a colour each; empty for data without labels."""
        return () if self.labels is None else self.description.class_names

    @property
    def point_colours(self) -> PointColours:
        """What the colours of the points mean."""
        if self.coloured_by is not None:
            return self.coloured_by
        return PointColours("class", self.labels if self.class_names else None, self.class_names)

    def of_rows(self, shown: NDArray[np.bool_]) -> "PlaneContents":
        """Return the same plane with only some of its points, ``shown`` of shape ``(n,)``."""
        meaning, emphasis = self.point_colours, self.emphasis
        groups = None if meaning.groups is None else meaning.groups[shown]
        values = None if meaning.values is None else meaning.values[shown]
        return replace(
            self,
            points=self.points[shown],
            index=self.index[shown],
            labels=None if self.labels is None else self.labels[shown],
            coloured_by=replace(meaning, groups=groups, values=values),
            emphasis=None if emphasis is None else emphasis[shown],
        )


def brief_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return names without their common first words: "person 7" among persons becomes "7"."""
    start = common_start(names)
    return tuple(name.removeprefix(start) for name in names)


def common_start(names: Sequence[str]) -> str:
    """Return the first words that all names share, with the space after them; "" if they share none."""
    first, space, _ = names[0].rpartition(" ") if names else ("", "", "")
    start = first + space
    return start if all(name.startswith(start) for name in names) else ""

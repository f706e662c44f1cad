"""The parts of overlays as plain values in latent units, without colours of a theme.

1. An overlay returns an `OverlayResult`: parts from the lowest to the highest, a text, and numbers.
2. The window draws each part with Qt (`explorer.ui.plane.overlays`), figures with matplotlib (`explorer.plot.parts`).
3. A part names its colour by an `Ink` or by a class; the painter looks it up in its theme.
4. `outside_points` and `outside_parts` count what is not in the visible part.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.latent.plane.box import Box

Ink = Literal["text", "muted", "line", "accent", "probe", "danger", "good"]
"""A colour by its purpose."""
LabelsAt = Literal["top", "lower right"]
"""Where lines have their labels."""
Level = Literal["under", "over", "above", "edge"]
"""Level of an overlay: under the points, over them, above the other overlays, or along the edges, on top of all."""


@dataclass(frozen=True, eq=False)
class Shading:
    """A number per cell of a box, drawn as ink of this opacity; cells that are not finite are transparent.

    Attributes
    ----------
    values
        Numbers ``(rows, columns)``, first row at the bottom.
    span
        Numbers with a transparent and with the most opaque ink.
    name, unit
        Name and unit of the numbers, for the scale in the corner; without a name there is no scale.
    opacity
        Maximum opacity of the ink.
    """

    box: Box
    values: NDArray[np.floating]
    span: tuple[float, float]
    name: str = ""
    unit: str = ""
    ink: Ink = "muted"
    opacity: float = 0.75

    @property
    def opacities(self) -> NDArray[np.float64]:
        """The opacity of the ink in each cell, ``(rows, columns)``, from 0 to ``opacity``."""
        low, high = self.span
        # An empty span gives 0 everywhere instead of a division by 0.
        shares = (np.asarray(self.values, np.float64) - low) / ((high - low) or 1.0)
        opacities: NDArray[np.float64] = np.nan_to_num(shares, nan=0.0, posinf=0.0, neginf=0.0).clip(0, 1)
        return self.opacity * opacities


@dataclass(frozen=True, eq=False)
class Regions:
    """A class per cell of a box, in the colour of the class: ``classes`` ``(rows, columns)``, with -1 for none.

    The first row is at the bottom. ``count`` is the number of classes of the data.
    """

    box: Box
    classes: NDArray[np.int64]
    count: int
    opacity: float = 0.3


@dataclass(frozen=True, eq=False)
class Pictures:
    """Small pictures of samples or decodes, drawn by the renderer of the data.

    Attributes
    ----------
    points
        Centre of each picture, ``(n, 2)``.
    samples
        Samples or decodes in data units, ``(n, *shape)``.
    sizes
        Maximum width and height of each, ``(n, 2)``: in latent units, or in pixels at scale 1 if ``in_pixels``.
    groups, count
        Class of each, ``(n,)``, for a frame in its colour, and the number of classes; -1 or None for no frame.
    box
        The box that the pictures fill, if they form a lattice.
    rows
        Rows of the points that the pictures belong to, ``(n,)``, if they are pictures of samples.
    """

    points: NDArray[np.float64]
    samples: NDArray[Any]
    sizes: NDArray[np.float64]
    in_pixels: bool = False
    opacity: float = 1.0
    groups: NDArray[np.int64] | None = None
    count: int = 0
    box: Box | None = None
    rows: NDArray[np.int64] | None = None


@dataclass(frozen=True, eq=False)
class Lines:
    """Polylines of one style.

    Attributes
    ----------
    paths
        Points ``(k, 2)`` of each line; a closed one ends at its first point.
    group, count
        The class whose colour they have, and the number of classes; None for the colour of the ink.
    width
        Line width in pixels at scale 1.
    filled
        Opacity of the filled inside.
    halo
        Whether the lines have a thin contour in the background colour, so that they are visible over any point.
    labels
        One text per path; empty for none. Of labels that would overlap, the one of the later path is written.
    labels_at
        Whether a label is at the highest visible point of its path, or at the one farthest to the lower right.
    """

    paths: tuple[NDArray[np.float64], ...]
    ink: Ink = "muted"
    group: int | None = None
    count: int = 0
    width: float = 1.2
    opacity: float = 1.0
    dashed: bool = False
    dash_dotted: bool = False
    filled: float = 0.0
    halo: bool = False
    labels: tuple[str, ...] = ()
    labels_at: LabelsAt = "top"


@dataclass(frozen=True, eq=False)
class Labels:
    """Texts centred at ``points`` ``(n, 2)``, each on a small box of the background colour."""

    points: NDArray[np.float64]
    texts: tuple[str, ...]
    ink: Ink = "text"
    group: int | None = None
    count: int = 0
    bold: bool = False


@dataclass(frozen=True, eq=False)
class PointLabels:
    """Texts beside ``points`` ``(n, 2)``, most important first; those without room are left out.

    Attributes
    ----------
    marked
        Number of texts, from the first, that belong to marked points. If there are several, the others are muted.
    """

    points: NDArray[np.float64]
    texts: tuple[str, ...]
    marked: int = 0


@dataclass(frozen=True, eq=False)
class StripCurve:
    """A density along an axis: ``heights`` ``(bins,)`` in 1 / latent unit, over bins of equal width.

    Attributes
    ----------
    name
        Name in the legend, which lists curves of equal names once.
    filled
        Opacity of the filled area under the curve.
    """

    heights: NDArray[np.float64]
    name: str
    ink: Ink = "text"
    width: float = 1.2
    dashed: bool = False
    filled: float = 0.0


@dataclass(frozen=True, eq=False)
class Strip:
    """Curves along one axis of the plane, inside its edge.

    Attributes
    ----------
    name
        Name of the axis.
    ends
        Start of the first bin and end of the last one, in latent units.
    top
        Density at the full height of the strip.
    """

    side: Literal["bottom", "left"]
    name: str
    ends: tuple[float, float]
    curves: tuple[StripCurve, ...]
    top: float


@dataclass(frozen=True, eq=False)
class Strips:
    """Strips along the axes, with one legend."""

    along: tuple[Strip, ...]


# A new kind of part needs a painter in the window and one in `explorer.plot.parts`.
Part = Shading | Regions | Pictures | Lines | Labels | PointLabels | Strips


@dataclass(frozen=True)
class Outside:
    """Things of one kind that are outside the visible part of a plane.

    Attributes
    ----------
    things
        What they are, in the singular and the plural: ``("hull", "hulls")``.
    count, total
        Number outside, and of all.
    box
        The box around those outside, in latent units.
    """

    things: tuple[str, str]
    count: int
    total: int
    box: Box

    @property
    def forms(self) -> tuple[str, ...]:
        """The number as text, the longest form first."""
        if self.total == 1 and self.things != POINTS:
            return (f"{self.things[0]} outside",)
        total = f"{self.count:,} of {self.total:,}"
        whole = f"{total} {self.things[self.total != 1]} outside"
        # Only the count of points can omit the name, because it comes first.
        if self.things == POINTS:
            return whole, f"{total} outside", f"{self.count:,} outside"
        return whole, f"{self.count:,} {self.things[self.count != 1]} outside"


POINTS = ("point", "points")


@dataclass(frozen=True)
class OverlayResult:
    """The result of an overlay.

    Attributes
    ----------
    parts
        Parts to draw, lowest first.
    words
        One line of text on what the overlay shows, or why it shows nothing.
    numbers
        The numbers behind the parts by name, for use in other programs.
    outside
        What the overlay leaves out because it is outside the visible part; None if the parts contain everything.
    """

    parts: tuple[Part, ...] = ()
    words: str = ""
    # Not compared: arrays have no single truth value.
    numbers: Mapping[str, NDArray[Any]] = field(default_factory=dict, compare=False)
    outside: Outside | None = None


Points = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Thing:
    """One thing on a plane: the vertices of its outline ``(k, 2)``, and whether its inside is drawn, too."""

    outline: Points
    filled: bool = False


def outside_points(points: Points, box: Box, things: tuple[str, str]) -> Outside | None:
    """Return how many of the points ``(n, 2)`` are outside the box; None if none is. Points with NaN do not count."""
    known = np.asarray(points, np.float64).reshape(-1, 2)
    known = known[np.isfinite(known).all(axis=1)]
    beyond = known[~box.contains(known)]
    return Outside(things, len(beyond), len(known), box_around(beyond)) if len(beyond) else None


def outside_parts(parts: Sequence[Part], box: Box, things: tuple[str, str]) -> Outside | None:
    """Return how many things of these parts are outside the box: lines, pictures and names; None if none is.

    A thing is outside if nothing of it is visible. Shadings and strips fill the visible part and do not count.
    """
    found = [thing for part in parts for thing in _things(part)]
    beyond = [thing.outline for thing in found if not _is_visible(thing, box)]
    return Outside(things, len(beyond), len(found), box_around(np.concatenate(beyond))) if beyond else None


def _things(part: Part) -> Iterator[_Thing]:
    if isinstance(part, Lines):
        outlines = (np.asarray(path, np.float64).reshape(-1, 2) for path in part.paths)
        yield from (_Thing(path, part.filled > 0) for path in outlines if len(path) and np.isfinite(path).all())
    elif isinstance(part, Labels | PointLabels | Pictures):
        points = np.asarray(part.points, np.float64).reshape(-1, 2)
        yield from (_Thing(points[row : row + 1]) for row in np.flatnonzero(np.isfinite(points).all(axis=1)))


def _is_visible(thing: _Thing, box: Box) -> bool:
    outline = thing.outline
    if box.contains(outline).any():
        return True
    if len(outline) > 1 and _crosses(outline[:-1], outline[1:], box):
        return True
    return thing.filled and surrounds(outline, np.array(box.middle))


def _crosses(starts: Points, ends: Points, box: Box) -> bool:
    """Return whether one of the segments has a point in the box, by the separating axis theorem."""
    centre, half = np.array(box.middle), np.array([box.width, box.height]) / 2
    low, high = np.minimum(starts, ends), np.maximum(starts, ends)
    near = ((low <= centre + half) & (high >= centre - half)).all(axis=1)
    along = ends - starts
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    distance = np.abs(((starts - centre) * across).sum(axis=1))
    return bool((near & (distance <= (half * np.abs(across)).sum(axis=1))).any())


def surrounds(outline: Points, point: NDArray[np.float64]) -> bool:
    """Return whether a closed outline surrounds a point: a ray to the right crosses it an odd number of times."""
    starts, ends = outline, np.roll(outline, -1, axis=0)
    over = (starts[:, 1] > point[1]) != (ends[:, 1] > point[1])
    rise = np.where(over, ends[:, 1] - starts[:, 1], 1.0)
    crossing = starts[:, 0] + (point[1] - starts[:, 1]) * (ends[:, 0] - starts[:, 0]) / rise
    return bool((over & (crossing > point[0])).sum() % 2)


def box_around(points: Points) -> Box:
    """Return the smallest box that contains finite points ``(n, 2)``, n ≥ 1, in latent units."""
    (left, bottom), (right, top) = points.min(axis=0), points.max(axis=0)
    return Box(float(left), float(right), float(bottom), float(top))

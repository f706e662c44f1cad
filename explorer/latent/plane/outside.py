"""Count what lies outside the visible part of a plane: points, and the things that overlays and marks draw."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import Labels, Lines, Outside, Part, Pictures, PointLabels

Points = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Thing:
    """One thing on a plane: the vertices of its outline ``(k, 2)``, and whether its inside is drawn, too."""

    outline: Points
    filled: bool = False


def outside_points(points: Points, box: Box, things: tuple[str, str]) -> Outside | None:
    """Return how many of the points ``(n, 2)`` are outside the box; None if none is. Points with NaN do not count."""
    known = np.asarray(points, np.float64).reshape(-1, 2)
    beyond = known[~box.contains(known) & np.isfinite(known).all(axis=1)]
    return Outside(things, len(beyond), len(known), _box_around(beyond)) if len(beyond) else None


def outside_parts(parts: Sequence[Part], box: Box, things: tuple[str, str]) -> Outside | None:
    """Return how many things of these parts are outside the box: lines, pictures and names; None if none is.

    A thing is outside if nothing of it is visible. Shadings and strips fill the visible part and do not count.
    """
    found = [thing for part in parts for thing in _things(part)]
    beyond = [thing.outline for thing in found if not _is_visible(thing, box)]
    return Outside(things, len(beyond), len(found), _box_around(np.concatenate(beyond))) if beyond else None


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
    return thing.filled and _surrounds(outline, np.array(box.middle))


def _crosses(starts: Points, ends: Points, box: Box) -> bool:
    """Return whether one of the segments has a point in the box, by the separating axis theorem."""
    centre, half = np.array(box.middle), np.array([box.width, box.height]) / 2
    low, high = np.minimum(starts, ends), np.maximum(starts, ends)
    near = ((low <= centre + half) & (high >= centre - half)).all(axis=1)
    along = ends - starts
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    distance = np.abs(((starts - centre) * across).sum(axis=1))
    return bool((near & (distance <= (half * np.abs(across)).sum(axis=1))).any())


def _surrounds(outline: Points, point: NDArray[np.float64]) -> bool:
    """Return whether a closed outline surrounds a point: a ray to the right crosses it an odd number of times."""
    starts, ends = outline, np.roll(outline, -1, axis=0)
    over = (starts[:, 1] > point[1]) != (ends[:, 1] > point[1])
    rise = np.where(over, ends[:, 1] - starts[:, 1], 1.0)
    crossing = starts[:, 0] + (point[1] - starts[:, 1]) * (ends[:, 0] - starts[:, 0]) / rise
    return bool((over & (crossing > point[0])).sum() % 2)


def _box_around(points: Points) -> Box:
    (left, bottom), (right, top) = points.min(axis=0), points.max(axis=0)
    return Box(float(left), float(right), float(bottom), float(top))

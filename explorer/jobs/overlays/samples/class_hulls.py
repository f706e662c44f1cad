"""Class hulls: the convex hull of the codes of each class on the plane, and its area."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.overlays.grouping import HALF_STRIP, Grouping, why_no_groups
from explorer.jobs.overlays.overlay import Overlay, OverlayQuestion, OverlaySteps
from explorer.jobs.plane.projected_codes import ProjectedCodes
from explorer.jobs.plane.scene import Scene
from explorer.jobs.questions import LoadedModel
from explorer.latent.plane.overlay_parts import Lines, OverlayResult
from explorer.rendering.drawing import number

FLAT = 1e-9
"""Points are collinear if their distance from a line is at most this share of their extent."""


@dataclass(frozen=True)
class FindClassHulls(OverlayQuestion):
    """A question for the convex hull of each group that the legend shows."""

    projected: ProjectedCodes
    grouping: Grouping

    def compute(self, loaded: LoadedModel) -> OverlaySteps:
        """Return an outline for each group and its area in latent units²; with one dimension, its length."""
        groups = self.grouping.groups(self.projected.codes, loaded.description.class_names)
        kept = groups.seen & np.isfinite(self.projected.points).all(axis=1)
        parts, names, counts, areas = [], [], [], []
        for group, name in enumerate(groups.names):
            yield None
            points = self.projected.points[kept & (groups.of_rows == group)]
            if len(points) == 0:
                continue
            path, area = _bar(points[:, 0], group) if self.projected.is_strips else hull(points)
            parts.append(Lines((path,), group=group, count=len(groups.names), width=1.6, filled=0.08, halo=True))
            names.append(name)
            counts.append(len(points))
            areas.append(area)
        numbers: dict[str, NDArray[Any]] = {
            "classes": np.array(names, np.str_),
            "counts": np.array(counts, np.int64),
            "lengths" if self.projected.is_strips else "areas": np.array(areas),
        }
        return OverlayResult(tuple(parts), self._words(names, areas), numbers)

    def _words(self, names: list[str], areas: list[float]) -> str:
        if not names:
            return "no codes to show"
        size, unit = ("length", "latent units") if self.projected.is_strips else ("area", "latent units²")
        small, large = int(np.argmin(areas)), int(np.argmax(areas))
        return (
            f"around all codes of each {self.grouping.noun}; {size} from {number(areas[small], 3)} ({names[small]}) "
            f"to {number(areas[large], 3)} ({names[large]}) {unit}"
        )


def hull(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return the closed convex hull ``(k, 2)`` of points ``(n, 2)``, and its area.

    The hull of collinear points is the segment between the outermost two; that of equal points is this point, twice.
    Both have area 0.
    """
    from scipy.spatial import ConvexHull

    offsets = points - points.mean(axis=0)
    # Qhull raises an error for collinear points, so find them first: their second singular value is 0.
    _, extents, axes = np.linalg.svd(offsets, full_matrices=False)
    # Relative to the coordinates as well: far from 0, rounding alone is larger than the extent.
    if len(extents) < 2 or extents[1] <= FLAT * max(extents[0], np.abs(points).max()):
        along = offsets @ axes[0]
        return points[[along.argmin(), along.argmax()]], 0.0
    found = ConvexHull(points)
    return points[np.append(found.vertices, found.vertices[0])], float(found.volume)  # in two dimensions the area


def _bar(x: NDArray[np.float64], group: int) -> tuple[NDArray[np.float64], float]:
    """Return the interval of the codes as a bar in the strip of the class, and its length."""
    low, high = float(x.min()), float(x.max())
    bottom, top = group - HALF_STRIP, group + HALF_STRIP
    return np.array([(low, bottom), (high, bottom), (high, top), (low, top), (low, bottom)]), high - low


def _question(scene: Scene) -> OverlayQuestion:
    return FindClassHulls(scene.run.key, scene.projected, Grouping.of_strips(scene))


CLASS_HULLS = Overlay(
    "class_hulls",
    "Class hulls",
    "The convex hull of the codes of each class, outliers included, and its area",
    why_no_groups,
    _question,
    things=("hull", "hulls"),
    term="overlap",
)

"""Density contours: outlines of the smallest regions of the plane that hold given shares of the codes."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.overlays.grouping import Grouping, why_no_groups
from explorer.jobs.overlays.overlay import Overlay, OverlayQuestion, OverlaySteps
from explorer.jobs.plane.projected_codes import ProjectedCodes
from explorer.jobs.plane.scene import Scene
from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.density.kernel_density import Contour, Density, contours, density_in_parts
from explorer.latent.plane.overlay_parts import Labels, Lines, OverlayResult, Part
from explorer.latent.steps import Absent, pausing

OF_ALL = (0.5, 0.8, 0.95)
"""Shares of the codes inside the contours of all codes."""
OF_A_GROUP = (0.5, 0.9)
"""The same for a group; a third line per group would be too many."""
DIRECTIONS = np.array([(0.0, 1.0), (0.7, 0.7), (0.0, -1.0)])
"""Directions in which the shares are written, from the innermost contour: up, upper right, down."""
WIDTHS = {0.5: 1.8, 0.8: 1.3, 0.9: 1.0, 0.95: 1.0}
"""Line widths by share, in pixels."""


@dataclass(frozen=True)
class FindContours(OverlayQuestion):
    """A question for the contours of all shown codes together."""

    projected: ProjectedCodes
    grouping: Grouping

    def compute(self, loaded: LoadedModel) -> OverlaySteps:
        """Return the lines, each with the share of the codes inside it."""
        groups = self.grouping.groups(self.projected.codes, loaded.description.class_names)
        # Hidden classes are left out of the density, not only of the drawing.
        found = yield from pausing(density_in_parts(self.projected.points[groups.seen]))
        if isinstance(found, Absent):
            return OverlayResult(words=found.why)
        drawn = contours(found, OF_ALL)
        lines = tuple(Lines(one.lines, "probe", width=WIDTHS[one.share], halo=True) for one in drawn)
        numbers = _numbers(found, drawn)
        return OverlayResult(
            (*lines, _shares(drawn)), f"{_named(OF_ALL)} of {len(found.at_codes):,} codes; {_kernel(found)}", numbers
        )


@dataclass(frozen=True)
class FindGroupContours(OverlayQuestion):
    """A question for the contours of each shown group."""

    projected: ProjectedCodes
    grouping: Grouping

    def compute(self, loaded: LoadedModel) -> OverlaySteps:
        """Return the lines in the colours of the groups; yield after each group."""
        groups = self.grouping.groups(self.projected.codes, loaded.description.class_names)
        parts: list[Part] = []
        without: list[str] = []
        numbers: dict[str, NDArray[np.float64]] = {}
        for group, name in enumerate(groups.names):
            rows = groups.seen & (groups.of_rows == group)
            if not rows.any():
                continue
            found = yield from pausing(density_in_parts(self.projected.points[rows]))
            if isinstance(found, Absent):
                without.append(name)
                continue
            drawn = contours(found, OF_A_GROUP)
            parts += _of_group(drawn, group, len(groups.names))
            # Names of classes separate the arrays of the groups in an .npz file.
            numbers.update({f"{name}.{what}": values for what, values in _numbers(found, drawn).items()})
            # Densities of many groups take long, so each group appears as soon as it is ready.
            yield OverlayResult(tuple(parts))
        few = f"; none for {', '.join(without)}: too few codes, or codes on a line" if without else ""
        return OverlayResult(tuple(parts), f"{_named(OF_A_GROUP)} of each {self.grouping.noun}{few}", numbers)


def _of_group(drawn: tuple[Contour, ...], group: int, count: int) -> Iterator[Lines]:
    # The outer contour first, so that the inner one is drawn over it.
    for one in reversed(drawn):
        yield Lines(one.lines, group=group, count=count, width=WIDTHS[one.share], halo=True)


def _numbers(found: Density, drawn: tuple[Contour, ...]) -> dict[str, NDArray[np.float64]]:
    x, y = found.axes
    return {
        "shares": np.array([one.share for one in drawn]),
        "levels": np.array([one.level for one in drawn]),
        "density": found.values,
        "x": x,
        "y": y,
        "kernel": np.array(found.bandwidth),
    }


def _shares(drawn: tuple[Contour, ...]) -> Labels:
    """Return the shares as labels, each where its longest line reaches farthest in a direction of its own."""
    longest = [max(one.lines, key=len) for one in drawn]
    points = [line[(line @ direction).argmax()] for line, direction in zip(longest, DIRECTIONS, strict=True)]
    return Labels(np.array(points), tuple(f"{one.share:.0%}".replace("%", " %") for one in drawn), "text")


def _named(shares: tuple[float, ...]) -> str:
    *first, last = (f"{share * 100:.0f}" for share in shares)
    return f"{', '.join(first)} and {last} %"


def _kernel(found: Density) -> str:
    across, up = found.bandwidth
    return f"kernel σ {across:.2g} × {up:.2g}"


def _no_area(run: OpenRun) -> str:
    return "one latent dimension has no area; see the strips along the axes" if run.latent_dim == 1 else ""


def _no_area_or_groups(run: OpenRun) -> str:
    return _no_area(run) or why_no_groups(run)


def _of_all(scene: Scene) -> OverlayQuestion:
    return FindContours(scene.run.key, scene.projected, Grouping.of_scene(scene))


def _of_groups(scene: Scene) -> OverlayQuestion:
    return FindGroupContours(scene.run.key, scene.projected, Grouping.of_scene(scene))


CONTOURS = Overlay(
    "contours",
    "Density contours",
    "Outlines of the smallest regions of the plane that contain 50, 80 and 95 % of the codes shown in the legend",
    _no_area,
    _of_all,
    key="Contours: density of the codes, around 50 to 95 %",
    things=("contour", "contours"),
    term="code_density",
)
CLASS_CONTOURS = Overlay(
    "class_contours",
    "Density contours by class",
    "Outlines of the smallest regions that contain 50 and 90 % of the codes of each class, in its colour",
    _no_area_or_groups,
    _of_groups,
    key="Contours: density by class, around 50 and 90 %",
    things=("contour of a class", "contours of classes"),
    term="overlap",
)

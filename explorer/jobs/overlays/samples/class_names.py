"""Class names: each at the median of the codes of its class."""

from dataclasses import dataclass, field

import numpy as np

from explorer.jobs.overlays.grouping import Grouping
from explorer.jobs.overlays.overlay import Overlay, OverlayDrawing
from explorer.jobs.plane.projected_codes import ProjectedCodes
from explorer.jobs.plane.scene import Scene
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.plane.overlay_parts import Labels, OverlayResult

UNKNOWN = "unknown"
"""Name of the samples without a class, as in the legend."""


@dataclass(frozen=True)
class DrawClassNames(OverlayDrawing):
    """The names of the groups that colour the points; ``class_names`` are those of the data, in order of the labels."""

    projected: ProjectedCodes
    by: str
    # Not compared: names belong to the data of the codes and never change alone.
    class_names: tuple[str, ...] = field(compare=False)

    def draw(self) -> OverlayResult:
        """Return the name of each group that has finite codes."""
        points = self.projected.points
        groups = Grouping(self.by).groups(self.projected.codes, self.class_names)
        finite = np.isfinite(points).all(axis=1)
        middles, names = [], []
        # Samples without a class are group −1; their name is only needed beside those of real groups.
        named = (*enumerate(groups.names), (-1, UNKNOWN)) if groups.names else ()
        for group, name in named:
            members = points[finite & (groups.of_rows == group)]
            if len(members):
                # The median, as a few outliers would pull the mean, and the name with it, out of the class.
                middles.append(np.median(members, axis=0))
                names.append(name)
        return OverlayResult((Labels(np.array(middles), tuple(names), bold=True),) if names else ())


def _drawing(scene: Scene) -> OverlayDrawing | None:
    about, codes = scene.run.description, scene.projected.codes
    grouping = Grouping.of_colours(scene.view, codes, about.fingerprint)
    return None if grouping is None else DrawClassNames(scene.projected, grouping.by, about.class_names)


def _why_not(run: OpenRun) -> str:
    if run.latent_dim == 1:
        return "with one latent dimension, each strip has its name already"
    return "" if run.description.class_names or (run.plane and run.plane.columns) else "the data has no classes"


LABELS = Overlay(
    "labels",
    "Class names",
    "The name of each class at the median of its codes",
    _why_not,
    drawing=_drawing,
    level="above",
    things=("class name", "class names"),
)

"""Groups of samples: the class or category of each sample of a plane, and which groups the legend shows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.plane.scene import Scene
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.session import View

HALF_STRIP = 0.38
"""Half the height of a bar in the strip of its class, with one latent dimension; strips are 1 apart."""


@dataclass(frozen=True, eq=False)
class Groups:
    """The group of each sample of a plane.

    Attributes
    ----------
    names
        Names of the groups.
    of_rows
        Group of each row, ``(n,)``; -1 for a sample without a group.
    seen
        Whether the legend shows the group of each row, ``(n,)``.
    """

    names: tuple[str, ...]
    of_rows: NDArray[np.int64]
    seen: NDArray[np.bool_]


@dataclass(frozen=True)
class Grouping:
    """How samples are grouped: by ``"label"`` or ``"column:<name>"``, and which groups the legend hides."""

    by: str = "label"
    hidden: frozenset[int] = frozenset()

    @classmethod
    def of_scene(cls, scene: Scene) -> "Grouping":
        """Return the groups that colour the points of a pane; the classes, all shown, if colours are continuous."""
        return cls.of_view(scene.view, scene.projected.codes, scene.run.description.fingerprint)

    @classmethod
    def of_strips(cls, scene: Scene) -> "Grouping":
        """Return the same, but the classes, all shown, with one latent dimension if a column colours the points.

        The strips of one dimension stand for classes, so an overlay that draws a group in its strip needs the classes.
        """
        grouping = cls.of_scene(scene)
        return cls() if scene.projected.is_strips and grouping.by != "label" else grouping

    @classmethod
    def of_view(cls, view: View, codes: PlaneCodes, fingerprint: str) -> "Grouping":
        """Return the same for codes of a data set, given by its fingerprint; classes replace a column it lacks."""
        return cls.of_colours(view, codes, fingerprint) or cls()

    @classmethod
    def of_colours(cls, view: View, codes: PlaneCodes, fingerprint: str) -> "Grouping | None":
        """Return the groups that colour the points; None for a continuous colouring, such as a density."""
        # The hidden groups are stored per data set: linked panes may show different data in one view.
        by, hidden = view.colour_by, view.hidden_in(fingerprint)
        column = codes.columns.get(by.removeprefix("column:"))
        # A linked pane may colour by a column that this data set lacks.
        if by == "label" or (column is None and by.startswith("column:")):
            return cls("label", hidden)
        return cls(by, hidden) if column is not None and column.categories else None

    def groups(self, codes: PlaneCodes, class_names: tuple[str, ...]) -> Groups:
        """Return the group of each sample; data without classes has no groups, and all its samples are shown."""
        column = codes.columns.get(self.by.removeprefix("column:"))
        values, names = codes.labels, class_names
        if self.by != "label" and column is not None:
            values, names = column.values.astype(np.int64), column.categories
        if values is None:
            no_group = np.full(len(codes.index), -1, np.int64)
            return Groups((), no_group, np.ones(len(no_group), bool))
        # A label beyond the known names counts as unknown, so that it never indexes past the legend.
        of_rows = np.where((values >= 0) & (values < len(names)), values, -1)
        return Groups(names, of_rows, ~np.isin(of_rows, list(self.hidden)))

    @property
    def noun(self) -> str:
        """What a group is called in texts, such as "class"."""
        return "class" if self.by == "label" else f"category of {self.by.removeprefix('column:')}"


def why_no_groups(run: OpenRun) -> str:
    """Return why the samples of a run have no groups; "" if they have."""
    columns = run.plane.columns.values() if run.plane is not None else ()
    return (
        "" if run.description.class_names or any(column.categories for column in columns) else "the data has no classes"
    )

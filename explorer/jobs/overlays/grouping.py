"""Which of a plane's samples are seen, and which class or category each is of, as the legend has it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.plane.scene import Scene
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.session import View


@dataclass(frozen=True, eq=False)
class Groups:
    """What samples are grouped by.

    Attributes
    ----------
    names
        Of the groups.
    of_rows
        ``(n,)`` the group of each row; -1 for none.
    seen
        ``(n,)`` whether the legend shows it.
    """

    names: tuple[str, ...]
    of_rows: NDArray[np.int64]
    seen: NDArray[np.bool_]


@dataclass(frozen=True)
class Grouping:
    """How samples are grouped: by ``"label"`` or ``"column:<name>"``, and which groups the legend has switched off."""

    by: str = "label"
    hidden: frozenset[int] = frozenset()

    @classmethod
    def of_scene(cls, scene: Scene) -> "Grouping":
        """Return what a pane's points are coloured by where that makes groups, else their classes, all of them seen."""
        return cls.of_view(scene.view, scene.projected.codes, scene.run.description.fingerprint)

    @classmethod
    def of_view(cls, view: View, codes: PlaneCodes, fingerprint: str) -> "Grouping":
        """Do so for codes of the data of a fingerprint; a column that it lacks is replaced by the classes."""
        return cls.of_colours(view, codes, fingerprint) or cls()

    @classmethod
    def of_colours(cls, view: View, codes: PlaneCodes, fingerprint: str) -> "Grouping | None":
        """Return what points are coloured by; None where that makes no groups, such as a density."""
        by, hidden = view.colour_by, view.hidden_in(fingerprint)
        column = codes.columns.get(by.removeprefix("column:"))
        if by == "label" or (column is None and by.startswith("column:")):
            return cls("label", hidden)
        return cls(by, hidden) if column is not None and column.categories else None

    def groups(self, codes: PlaneCodes, class_names: tuple[str, ...]) -> Groups:
        """Return the groups of a plane's samples; of data without any, one that has no name and no members."""
        column = codes.columns.get(self.by.removeprefix("column:"))
        values, names = codes.labels, class_names
        if self.by != "label" and column is not None:
            values, names = column.values.astype(np.int64), column.categories
        if values is None:
            nobody = np.full(len(codes.index), -1, np.int64)
            return Groups((), nobody, np.ones(len(nobody), bool))
        of_rows = np.where((values >= 0) & (values < len(names)), values, -1)
        return Groups(names, of_rows, ~np.isin(of_rows, list(self.hidden)))

    @property
    def noun(self) -> str:
        """What a group is called."""
        return "class" if self.by == "label" else f"category of {self.by.removeprefix('column:')}"


def why_no_groups(run: OpenRun) -> str:
    """Say why a run's samples are not grouped; "" where they are."""
    columns = run.plane.columns.values() if run.plane is not None else ()
    return (
        "" if run.description.class_names or any(column.categories for column in columns) else "the data has no classes"
    )

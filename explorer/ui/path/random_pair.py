"""Two random samples as the ends of a path. No Qt."""

import numpy as np

from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.session import PathEnd


def random_pair(plane: PlaneCodes, random: np.random.Generator) -> tuple[PathEnd, PathEnd]:
    """Draw two samples of a plane with at least two: of different classes if possible."""
    first = int(random.integers(len(plane.index)))
    others = np.arange(len(plane.index)) != first  # (n,) bool
    if plane.labels is not None and (plane.labels != plane.labels[first]).any():
        others = plane.labels != plane.labels[first]
    second = int(random.choice(np.flatnonzero(others)))
    return _end(plane, first), _end(plane, second)


def _end(plane: PlaneCodes, row: int) -> PathEnd:
    return PathEnd(tuple(map(float, plane.mean[row])), plane.sample_of(row))

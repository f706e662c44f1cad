"""Which points of a plane are faded: those outside the selection, and those far from the probe's slice. No Qt."""

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.plane.projected_codes import ProjectedCodes, slice_emphasis
from explorer.jobs.plane.scene import base_code, selected_rows
from explorer.session import View

UNSELECTED = 0.22
"""Opacity of the other points beside a selection."""


def emphasis_of(view: View, key: str, projected: ProjectedCodes, *, same_data: bool) -> NDArray[np.float32] | None:
    """Return ``(n,)`` the opacity of each point of a run's plane, or None if all are 1.

    Parameters
    ----------
    same_data
        Whether the sample indices of the View mean the same samples here.
    """
    emphasis = None
    base = base_code(view, key, projected, same_data=same_data)
    if base is not None:
        emphasis = slice_emphasis(projected, base)
    rows = selected_rows(view, projected, same_data)
    if len(rows):
        weights = np.full(len(projected.places), UNSELECTED, np.float32)
        weights[rows] = 1
        emphasis = weights if emphasis is None else weights * np.maximum(emphasis, UNSELECTED)
    return emphasis

"""Fades points outside the selection and points far from the probe's slice. No Qt."""

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.plane.projected_codes import ProjectedCodes, slice_emphasis
from explorer.jobs.plane.scene import base_code, selected_rows
from explorer.session import View

UNSELECTED = 0.22
"""Opacity of points outside the selection."""


def emphasis_of(view: View, key: str, projected: ProjectedCodes, *, same_data: bool) -> NDArray[np.float32] | None:
    """Return the opacity of each point of a run's plane, ``(n,)``, or None if all are 1.

    Parameters
    ----------
    same_data
        Whether the sample indices of the View denote the same samples in this run.
    """
    emphasis = None
    base = base_code(view, key, projected, same_data=same_data)
    if base is not None:
        emphasis = slice_emphasis(projected, base)
    rows = selected_rows(view, projected, same_data)
    if len(rows):
        weights = np.full(len(projected.places), UNSELECTED, np.float32)
        weights[rows] = 1
        # Selected points keep the fading by the slice, but stay visible: never below the others' opacity.
        emphasis = weights if emphasis is None else weights * np.maximum(emphasis, UNSELECTED)
    return emphasis

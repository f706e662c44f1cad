"""Builds the question about a path of a run from samples, codes and names of classes."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from explorer.api.asked_run import AskedRun
from explorer.data.dataset import DataError
from explorer.jobs.queries.path_questions import FollowPath
from explorer.runs.files import RunError
from explorer.session import Method


def path_question(
    loaded: AskedRun,
    waypoints: Sequence[int | ArrayLike],
    methods: Sequence[Method],
    *,
    condition: str | int | None = None,
    **options: Any,
) -> FollowPath:
    """Return the question that `LoadedRun.follow_path` asks; the options are further fields of `FollowPath`."""
    chosen = loaded.class_to_decode(condition)
    codes = [loaded.code_of(int(one)) if isinstance(one, int | np.integer) else one for one in waypoints]
    # As tuples of numbers, since a question must be hashable.
    points = tuple(tuple(map(float, np.asarray(one, np.float64).reshape(-1))) for one in codes)
    known = None
    with suppress(DataError, RunError):  # without its data a run still decodes
        known = loaded.plane_codes
    return FollowPath(str(loaded.path), points, tuple(methods), condition=chosen, codes=known, **options)

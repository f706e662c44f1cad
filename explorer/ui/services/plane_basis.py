"""Which codes a run's plane shows, and through which basis."""

from dataclasses import replace

from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.plane.projection import Projection

ENOUGH_SHOWN = 0.8
"""Of the variance that the best plane would show: with so much, a plane keeps its basis at the end of a training."""


def with_basis(run: OpenRun, shown: PlaneCodes) -> OpenRun:
    """Return a run with its plane seen through the basis of the one shown, or with that one until there is a newer."""
    plane = shown if run.plane is None else replace(run.plane, projection=shown.projection)
    return replace(run, plane=plane)


def basis_at_the_end(plane: PlaneCodes, watched: Projection) -> Projection:
    """Return the basis that a training was watched through, so that nothing turns; or a new one if it shows far less.

    It was fitted to codes of weights that had hardly been trained, and may show next to nothing of what they became.
    """
    if watched.is_whole:
        return watched
    keeps = watched.share_shown(plane.mean) >= ENOUGH_SHOWN * plane.projection.share_shown(plane.mean)
    return watched if keeps else plane.projection


def is_news(run: OpenRun, plane: PlaneCodes) -> bool:
    """Whether codes of a run that does not train are of its weights, and no fewer than are shown."""
    shown = 0 if run.plane is None or not run.plane_is_current else len(run.plane.index)
    return plane.step == run.step and len(plane.index) >= shown

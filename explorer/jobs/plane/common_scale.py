"""The range that planes of equal axes share when they are shown at the same scale, and the run that sets it."""

import math
from collections.abc import Sequence

import numpy as np

from explorer.jobs.plane.projected_codes import MARGIN, ProjectedCodes
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.plane.box import Box
from explorer.models.variational.kl_objective import KlObjectiveConfig
from explorer.models.variational.loss_text import drops_a_term

PRIOR_SIGMAS = 3.0
"""The common range shows a standard normal prior up to this σ, the outermost of its rings."""

Axes = tuple[tuple[str, str], int]


def axes_of(projected: ProjectedCodes | None) -> Axes | None:
    """Return what planes must have in common for one scale: the names of their axes and the number of dimensions.

    None without codes.
    """
    if projected is None:
        return None
    return projected.projection.axis_names, projected.projection.latent_dim


def reference_index(runs: Sequence[OpenRun]) -> int:
    """Return the index of the run that sets the common range.

    It is the run whose loss has all its terms, of several the one with β nearest 1; without one, a run with a prior,
    else the first. An autoencoder comes last, as nothing ties the scale of its codes to that of other runs.
    """
    return min(range(len(runs)), key=lambda index: _rank(runs[index]))


def _rank(run: OpenRun) -> tuple[int, float]:
    model = run.config.model
    if not run.capabilities.prior:
        return 2, 0.0
    if drops_a_term(model):
        return 1, 0.0
    return 0, abs(math.log(model.beta)) if isinstance(model, KlObjectiveConfig) and model.beta > 0 else 0.0


def common_box(run: OpenRun, projected: ProjectedCodes) -> Box:
    """Return the box that shows the codes of the run that sets the range, and its prior up to 3 σ."""
    fitted = projected.fitted()
    # A learned prior has no rings: its components lie where the codes are.
    if not run.capabilities.prior or run.capabilities.learned_prior:
        return fitted
    x, y = projected.point_of(np.zeros(projected.projection.latent_dim))
    reach = PRIOR_SIGMAS * (1 + MARGIN)
    rings = Box(x - reach, x + reach, y - reach, y + reach)
    if projected.is_strips:
        rings = Box(rings.left, rings.right, fitted.bottom, fitted.top)
    return fitted.joined(rings)

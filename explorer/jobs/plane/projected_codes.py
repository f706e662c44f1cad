"""Codes projected to a plane, with the maps from a sample or z to a point and back.

`common_box` is the range of several planes at the same scale, and `reference_index` says which run sets it.
`code_source` and `code_range` are for controls that offer codes of their own: sliders and draws.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.bulk import bulk_of, in_bulk
from explorer.latent.codes.draws import CodeSource
from explorer.latent.plane.box import Box, Point
from explorer.latent.plane.projection import Projection, axes_projection, subscripted
from explorer.models.priors import PriorComponents
from explorer.models.sparse_code import SparseCode
from explorer.models.variational.kl_objective import KlObjectiveConfig
from explorer.models.variational.loss_text import drops_a_term


def code_source(run: OpenRun, components: PriorComponents | None = None) -> CodeSource:
    """Return where random codes of an open run come from; ``components`` are those of a learned prior."""
    codes = None if run.plane is None else run.plane.mean
    sparse = isinstance(run.config.model, SparseCode)
    return CodeSource(run.latent_dim, run.capabilities, codes, components, sparse)


SHOWN_SHARE = 0.99
"""Share of the codes along each axis that a fitted plane shows."""

MARGIN = 0.06
"""Margin of a fitted plane, as a share of its span."""


@dataclass(frozen=True, eq=False)
class ProjectedCodes:
    """Codes with their projection; ``points`` are their points on the plane, ``(n, 2)``."""

    codes: PlaneCodes
    projection: Projection
    points: NDArray[np.float64]

    @staticmethod
    def no_points() -> NDArray[np.float64]:
        """Return an empty array of points."""
        return np.empty((0, 2))

    def distance_from_slice(self, z: ArrayLike) -> NDArray[np.float64]:
        """Return the distances ``(n,)`` in latent units of the codes from the slice through ``z`` that the plane shows.

        With u and v the components of the codes and of z orthogonal to the plane, |u − v|² = |u|² − 2 u·v + |v|². The
        squares |u|² are cached, so a drag costs one matrix product.
        """
        v = self.projection.unseen(z)
        across = (
            self.codes.mean @ v.astype(np.float32) - self.projection.mean @ v
        )  # u·v, since v is orthogonal to the plane
        result: NDArray[np.float64] = np.sqrt(np.maximum(0.0, self._unseen_squares - 2 * across + v @ v))
        return result

    @cached_property
    def _unseen_squares(self) -> NDArray[np.float64]:
        squares: NDArray[np.float64] = np.square(self.projection.unseen(self.codes.mean)).sum(axis=1)
        return squares

    @property
    def is_strips(self) -> bool:
        """True for one latent dimension: z is horizontal, and each class has a strip."""
        return self.projection.latent_dim == 1

    def point_of(self, z: ArrayLike, sample: int | None = None) -> Point:
        """Return the point of a z. In one dimension, a sample is in the strip of its class, other z in the middle."""
        x, y = self.projection.point_of(z)
        if self.is_strips:
            row = None if sample is None else self.codes.row_of(sample)
            y = float(np.mean(self.strip_span)) if row is None else self.points[row, 1]
        return float(x), float(y)

    def point_of_sample(self, sample: int) -> Point | None:
        """Return the point of a sample, or None if the plane does not show it."""
        row = self.codes.row_of(sample)
        return None if row is None else (float(self.points[row, 0]), float(self.points[row, 1]))

    def code_at(self, point: Point, base: ArrayLike | None = None) -> tuple[float, ...]:
        """Return the z of a point; components that the plane does not show are from ``base``, or the mean code."""
        start = self.mean_code if base is None else np.asarray(base, np.float64)
        return tuple(map(float, self.projection.replace_components(start, point)))

    def code_of_row(self, row: int) -> tuple[float, ...]:
        """Return the mean code of the sample in a row."""
        return tuple(map(float, self.codes.mean[row]))

    @cached_property
    def mean_code(self) -> NDArray[np.float64]:
        """The mean of the bulk of the codes ``(latent_dim,)``; zeros if there are none."""
        bulk = self._bulk
        return bulk.mean(axis=0) if len(bulk) else np.zeros(self.projection.latent_dim)

    @cached_property
    def _bulk(self) -> NDArray[np.float64]:
        return bulk_of(self.codes.mean)

    @property
    def strip_span(self) -> Point:
        """The vertical positions of the first and the last strip."""
        labels = self.codes.labels
        if labels is None or len(labels) == 0:
            return 0.0, 0.0
        return float(labels.min()), float(labels.max())

    def axis_title(self, axis: int) -> str:
        """Return the name of an axis as it is written: "z₁", or "PC1 (62 %)" with its share of the variance."""
        name = self.projection.axis_names[axis]
        if subscripted(name) != name:
            return subscripted(name)
        if self.projection.explained_variance_ratio is not None:
            return f"{name} ({100 * self._shares_of_variance[axis]:.0f} %)"
        return "" if self.is_strips else name

    @cached_property
    def _shares_of_variance(self) -> tuple[float, ...]:
        """The share of each axis in the present codes: the basis may have been fitted to older ones."""
        bulk, components = self._bulk, self.projection.components
        total = float(bulk.var(axis=0).sum()) if len(bulk) else 0.0
        return tuple(float((bulk @ one).var()) / total if total > 0 else 0.0 for one in components)

    def fitted(self) -> Box:
        """Return the box that shows 99 % of the codes along each axis, with a margin; see `fitted_box`."""
        return fitted_box(self.points, self.strip_span if self.is_strips else None)


def fitted_box(points: NDArray[np.float64], strip_span: Point | None = None) -> Box:
    """Return the box that shows 99 % of the points ``(n, 2)`` along each axis, with a margin.

    Points far out are left out first: among few points, two of them would move even the quantiles.

    ``strip_span`` has the vertical positions of the first and the last strip; None without strips.
    """
    # The heights of strips are classes, of which none is far out.
    shown = points[in_bulk(points if strip_span is None else points[:, :1])]
    if len(shown) == 0:
        return Box(-1, 1, -1, 1)
    edge = (1 - SHOWN_SHARE) / 2
    low, high = np.quantile(shown, [edge, 1 - edge], axis=0)
    if strip_span is not None:
        low[1], high[1] = strip_span[0] - 0.4, strip_span[1] + 0.4
    # Equal codes would give a box without size.
    span = np.maximum(high - low, 1e-3 * np.maximum(1.0, np.abs(high)))
    middle = (low + high) / 2
    low, high = middle - span * (0.5 + MARGIN), middle + span * (0.5 + MARGIN)
    return Box(float(low[0]), float(high[0]), float(low[1]), float(high[1]))


def project_codes(codes: PlaneCodes, axes: tuple[int, int] | None = None) -> ProjectedCodes:
    """Project codes by their own projection, or to two chosen latent dimensions if the codes have them."""
    latent_dim = codes.projection.latent_dim
    projection = codes.projection
    # Axes chosen for another run may not exist here.
    if axes is not None and latent_dim > 1 and max(axes) < latent_dim:
        projection = axes_projection(latent_dim, axes)
    return ProjectedCodes(codes, projection, projection.project(codes.mean, codes.labels))


def slice_emphasis(projected: ProjectedCodes, z: ArrayLike) -> NDArray[np.float32] | None:
    """Return the opacity of each point ``(n,)``: 1 near the slice through ``z``, 0.12 far from it.

    None if the plane shows all dimensions, so that no point is off the slice.
    """
    if projected.projection.is_whole:
        return None
    distance = projected.distance_from_slice(z)
    finite = distance[np.isfinite(distance)]
    # Relative to the median, so that about half of the points stay visible at any scale.
    typical = float(np.median(finite)) if len(finite) else 0.0
    if typical <= 0:
        return None
    weights = np.exp(-0.5 * (distance / typical) ** 2)
    return np.nan_to_num(0.12 + 0.88 * weights, nan=0.12).astype(np.float32)


# One scale for several planes

RING_SIGMAS = 3.0
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
    if not code_source(run).has_normal_prior:
        return fitted
    x, y = projected.point_of(np.zeros(projected.projection.latent_dim))
    reach = RING_SIGMAS * (1 + MARGIN)
    rings = Box(x - reach, x + reach, y - reach, y + reach)
    if projected.is_strips:
        rings = Box(rings.left, rings.right, fitted.bottom, fitted.top)
    return fitted.joined(rings)

"""Posterior ellipses: q(z|x) of the probed sample, of the selected samples, or of all samples.

1. The ellipses of the probed sample need no model and are drawn at once.
2. Those of a selection or of all are projected to the plane: σ² of the visible ones, ``(n, axes, axes)``.
3. Ellipses outside the visible part are dropped.
4. If too many remain to tell them apart, a uniformly spread subset is chosen. Of these, ellipses smaller than a pixel
   are not drawn. The corner states the numbers.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.overlays.grouping import Grouping
from explorer.jobs.overlays.overlay import Overlay, OverlayDrawing, OverlayQuestion, OverlaySteps
from explorer.jobs.plane.projected_codes import ProjectedCodes
from explorer.jobs.plane.scene import Scene
from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.plane.box import Box
from explorer.latent.plane.ellipses import FINE_CORNERS, ellipses, plane_covariances
from explorer.latent.plane.overlay_parts import Lines, Outside, OverlayResult, Part, box_around
from explorer.latent.plane.sampling import spread_rows
from explorer.latent.steps import in_chunks

MAX_DRAWN, MIN_DRAWN = 60, 24
"""Maximum number of ellipses, and the number that is drawn however much they overlap."""
COVERED, COVERED_IN_SELECTION = 4.0, 1.0
"""Maximum total area of the ellipses, in areas of the visible part or of the selection; beyond it they hide each other,
and the colours of the selected points."""
MIN_PIXELS = 1.0
"""Minimum long half-axis in pixels; the point of the sample covers a smaller ellipse."""
NOTED_SHARE = 0.02
"""Share of ellipses smaller than a pixel above which their number is stated."""
HALF_BAR = 0.06
"""Half the height of the bar of a sample, with one latent dimension; strips are 1 apart."""


@dataclass(frozen=True)
class DrawPosterior(OverlayDrawing):
    """The ellipses of q(z|x) at 1 and 2 σ of the sample in ``row``."""

    projected: ProjectedCodes
    row: int

    def draw(self) -> OverlayResult:
        """Return the two ellipses."""
        codes = self.projected.codes
        assert codes.log_variance is not None
        rows = slice(self.row, self.row + 1)
        full = None if codes.scale_tril is None else codes.scale_tril[rows]
        covariance = plane_covariances(self.projected.projection, codes.log_variance[rows], full)
        mean = self.projected.points[rows]
        paths = tuple(ellipses(mean, covariance, sigma, HALF_BAR, FINE_CORNERS)[0] for sigma in (1, 2))
        return OverlayResult((Lines(paths, "probe", width=1.4, halo=True),))


@dataclass(frozen=True)
class ProjectPosteriors(OverlayQuestion):
    """A question for the visible ellipses of q(z|x) at 1 σ.

    Attributes
    ----------
    rows
        Rows of the samples; None for all that the legend shows.
    box, pixel
        The visible part of the plane, and the width and height of a pixel at scale 1, in latent units.
    """

    projected: ProjectedCodes
    grouping: Grouping
    rows: tuple[int, ...] | None
    box: Box
    pixel: tuple[float, float]

    def compute(self, loaded: LoadedModel) -> OverlaySteps:
        """Return at most `MAX_DRAWN` ellipses, and fewer if they would hide each other."""
        # Groups come from the view of the question, so that hiding a class asks again.
        codes, groups = self.projected.codes, self.grouping.groups(self.projected.codes, loaded.description.class_names)
        assert codes.log_variance is not None
        seen = np.isfinite(self.projected.points).all(axis=1) & groups.seen
        rows = np.flatnonzero(seen) if self.rows is None else np.array(self.rows, np.intp)
        # A selection may contain hidden samples.
        rows = rows[seen[rows]]
        if len(rows) == 0:
            return OverlayResult()
        covariances = yield from in_chunks(len(rows), lambda part: self._covariances(rows[part]))
        reach = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))  # (n, axes)
        here = self._is_visible(self.projected.points[rows], reach)
        large = here & (reach / self.pixel[: reach.shape[1]] >= MIN_PIXELS).any(axis=1)
        max_ellipses = self._max_legible(covariances[here], self.projected.points[rows[here]])
        # Chosen among all, then without the small ones: if posteriors have shrunk, the large ones are exceptions.
        chosen = spread_rows(self.projected.points, rows[here], self._area, max_ellipses)
        chosen = chosen[large[np.searchsorted(rows, chosen)]]
        drawn = ellipses(self.projected.points[chosen], covariances[np.searchsorted(rows, chosen)], 1, HALF_BAR)
        # Rows are sorted, so searchsorted finds the position of each chosen row among them.
        counts = _Counts(len(chosen), int(large.sum()), int(here.sum()), float(reach[here].max(initial=0)))
        # Selected points are to be seen through the outlines, which a halo would hide.
        parts = _outlined(drawn, halo=self.rows is None)
        # A selection that is drawn completely needs no statement of numbers.
        said = self.rows is None or counts.drawn < counts.visible
        numbers = {
            "index": codes.index[chosen],
            "means": self.projected.points[chosen],
            "covariances": covariances[np.searchsorted(rows, chosen)],
        }
        return OverlayResult(parts, counts.words if said else "", numbers, self._outside(rows[~here], len(rows)))

    def _outside(self, rows: NDArray[np.intp], total: int) -> Outside | None:
        """Return the selected samples whose ellipses are outside; those of all are counted with the points."""
        if self.rows is None or len(rows) == 0:
            return None
        around = box_around(self.projected.points[rows])
        return Outside(("selected posterior", "selected posteriors"), len(rows), total, around)

    @property
    def _area(self) -> float:
        return self.box.width * self.box.height

    def _max_legible(self, covariances: NDArray[np.float64], points: NDArray[np.float64]) -> int:
        """Return how many ellipses of this typical size can be told apart."""
        if covariances.shape[1] == 1 or len(covariances) == 0:
            return MAX_DRAWN
        # Area of the ellipse at 1 σ: π √det Σ. The median, as a few huge ones would allow too few.
        typical = float(np.pi * np.sqrt(np.median(np.linalg.det(covariances)).clip(0)))
        area = COVERED * self._area
        if self.rows is not None:
            area = min(area, COVERED_IN_SELECTION * float(np.ptp(points, axis=0).prod()))
        return int(np.clip(area / typical, MIN_DRAWN, MAX_DRAWN)) if typical > 0 else MAX_DRAWN

    def _covariances(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        codes = self.projected.codes
        assert codes.log_variance is not None
        full = None if codes.scale_tril is None else codes.scale_tril[rows]
        return plane_covariances(self.projected.projection, codes.log_variance[rows], full)

    def _is_visible(self, points: NDArray[np.float64], reach: NDArray[np.float64]) -> NDArray[np.bool_]:
        # With one latent dimension an ellipse is a bar of fixed height.
        across, up = reach[:, 0], reach[:, 1] if reach.shape[1] == 2 else HALF_BAR
        x, y = points.T
        beside = (x + across < self.box.left) | (x - across > self.box.right)
        above = (y + up < self.box.bottom) | (y - up > self.box.top)
        here: NDArray[np.bool_] = ~(beside | above)
        return here


@dataclass(frozen=True)
class _Counts:
    """Numbers of ellipses: drawn, larger than a pixel, and visible; and the largest σ of the visible ones."""

    drawn: int
    large: int
    visible: int
    largest: float

    @property
    def words(self) -> str:
        if self.visible == 0:
            return ""
        small = self.visible - self.large
        if self.drawn == 0:
            each = "each is" if self.large == 0 else "those chosen are"
            return f"{each} smaller than a pixel: σ is {self.largest:.1g} at most"
        smaller = f"; {small:,} below a pixel" if small > NOTED_SHARE * self.visible else ""
        return f"{self.drawn:,} of {self.visible:,} in view, 1 σ{smaller}"


def _outlined(drawn: NDArray[np.float64], *, halo: bool) -> tuple[Part, ...]:
    """Return thin outlines in the text's colour: those in the colour of a class would vanish in its points."""
    opacity = 0.85 if halo else 0.6
    return (Lines(tuple(drawn), "text", width=0.9, opacity=opacity, halo=halo),) if len(drawn) else ()


def why_no_posterior(run: OpenRun) -> str:
    """Return why a model has no posterior with a variance; "" if it has one."""
    if not run.capabilities.encoder:
        return "the model has no encoder"
    return "" if run.capabilities.stochastic_posterior else "the encoder returns points, without a variance"


def _pixel(scene: Scene) -> tuple[float, float]:
    return scene.box.width / scene.pixels[0], scene.box.height / scene.pixels[1]


def _of_selection(scene: Scene) -> OverlayQuestion | str | None:
    """Return the question for the ellipses of the selected samples, or what to do first."""
    rows = scene.selected
    if scene.projected.codes.log_variance is None:
        return None
    if not rows:
        return "select some samples"
    grouping = Grouping.of_scene(scene)
    return ProjectPosteriors(scene.run.key, scene.projected, grouping, rows, scene.box, _pixel(scene))


def _of_probed(scene: Scene) -> OverlayDrawing | None:
    if scene.probed is None or scene.projected.codes.log_variance is None:
        return None
    return DrawPosterior(scene.projected, scene.probed)


def _of_all(scene: Scene) -> OverlayQuestion | None:
    if scene.projected.codes.log_variance is None:
        return None
    grouping = Grouping.of_scene(scene)
    return ProjectPosteriors(scene.run.key, scene.projected, grouping, None, scene.box, _pixel(scene))


POSTERIOR = Overlay(
    "posterior",
    "Posterior ellipses",
    "q(z|x), the Gaussian of the encoder: for the probed sample at 1 and 2 σ, for selected samples at 1 σ",
    why_no_posterior,
    _of_selection,
    _of_probed,
    level="above",
    key="Solid: posteriors of selected samples, 1σ (probed: 1σ and 2σ)",
    term="sigma",
)
ALL_POSTERIORS = Overlay(
    "all_posteriors",
    "Posterior ellipses of all",
    "q(z|x) of every visible sample at 1 σ; a uniformly spread subset if there are too many",
    why_no_posterior,
    _of_all,
    key="Solid: posteriors, 1σ",
    term="mixture",
)

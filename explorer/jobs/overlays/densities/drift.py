"""Drift: the recent movement of the class means and of the aggregate posterior, from frames of the replay.

1. Read the codes of the last `TRAIL` frames before the shown step; skip damaged ones.
2. Reduce the shown codes to the samples that the replay stores.
3. Fit a Gaussian to the aggregate posterior before and now (its mean and covariance), and draw both at 1 σ.
4. For each class, connect its mean codes, frame by frame, with an arrow head at the present one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.overlays.grouping import HALF_STRIP, Grouping
from explorer.jobs.overlays.overlay import Overlay, OverlayQuestion, OverlaySteps
from explorer.jobs.plane.projected_codes import ProjectedCodes
from explorer.jobs.plane.scene import Scene
from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.density.class_gaussians import Drift, Moments, aggregate_moments, drift
from explorer.latent.information.discrete import NATS, Unit
from explorer.latent.plane.ellipses import ellipses
from explorer.latent.plane.overlay_parts import Lines, OverlayResult, Part
from explorer.models.latent_model import NotDefined
from explorer.runs.files import RunError
from explorer.runs.replay import FrameCodes, ReplayFrame, read_codes

TRAIL = 5
"""Number of earlier frames in the trail of a class."""
HEAD = 0.035
"""Length of an arrow head, as a share of the horizontal extent of the codes (4 standard deviations)."""


@dataclass(frozen=True)
class TraceDrift(OverlayQuestion):
    """A question for the movement from ``frames``, oldest first, to the shown codes."""

    frames: tuple[ReplayFrame, ...]
    epoch: float
    projected: ProjectedCodes
    grouping: Grouping
    unit: Unit = NATS

    def compute(self, loaded: LoadedModel) -> OverlaySteps:
        """Return a trail of the mean code of each group, and q(z) at 1 σ before (dashed) and now."""
        before = []
        for frame in self.frames:
            yield None
            codes = _codes_or_none(frame)
            # A frame of another latent dimension cannot be projected on the axes of this plane.
            if codes is not None and codes.mean.shape[1] == self.projected.projection.latent_dim:
                before.append((frame, codes))
        if not before:
            raise NotDefined("no earlier frame of its replay can be read")
        frame, earlier = before[-1]
        now = _same_samples(self.projected, earlier.index)
        yield None
        moments = [aggregate_moments(codes.mean, codes.log_variance, codes.scale_tril) for codes in (earlier, now)]
        if moments[0] is None or moments[1] is None:
            raise NotDefined("the codes are not finite")
        parts = [*self._ellipses(moments[0], moments[1]), *self._trails([codes for _, codes in before], now, loaded)]
        return OverlayResult(tuple(parts), _words(frame.epoch, self.epoch, drift(moments[0], moments[1]), self.unit))

    def _ellipses(self, before: Moments, now: Moments) -> list[Part]:
        parts: list[Part] = []
        basis = self.projected.projection
        for moments, dashed in ((before, True), (now, False)):
            spread = basis.components @ moments.covariance @ basis.components.T
            centre = basis.point_of(moments.mean)
            reach = 0.5
            if self.projected.is_strips:
                low, high = self.projected.strip_span
                # With one dimension the aggregate belongs to no class: its bar spans the strips of all.
                centre[1], reach = (low + high) / 2, (high - low) / 2 + HALF_STRIP
            path = ellipses(centre[None], spread[None], 1.0, reach)
            parts.append(Lines(tuple(path), ink="text", width=1.6, dashed=dashed, halo=True))
        return parts

    def _trails(self, before: list[FrameCodes], now: FrameCodes, loaded: LoadedModel) -> list[Part]:
        names = loaded.description.class_names
        groups = self.grouping.groups(self.projected.codes, names)
        rows = np.searchsorted(self.projected.codes.index, now.index)
        of_rows = np.where(groups.seen, groups.of_rows, -1)[rows]
        # Only frames of the same samples compare: the mean of another subset would move without any training.
        moments = [codes for codes in (*before, now) if np.array_equal(codes.index, now.index)]
        head = HEAD * float(np.nanstd(self.projected.points[:, 0])) * 4
        parts: list[Part] = []
        for group in range(len(groups.names)):
            members = of_rows == group
            path = self._path([codes.mean[members] for codes in moments], group)
            if len(path) > 1:
                lines = (path, *_arrow_head(path, head))
                parts.append(Lines(lines, group=group, count=len(groups.names), width=2.2, halo=True))
        return parts

    def _path(self, codes: list[NDArray[np.float32]], group: int) -> NDArray[np.float64]:
        """Return the mean code on the plane at each moment, ``(k, 2)``."""
        points = []
        for each in codes:
            finite = each[np.isfinite(each).all(axis=1)]
            if len(finite):
                point = self.projected.projection.point_of(finite.mean(axis=0, dtype=np.float64))
                points.append((point[0], float(group)) if self.projected.is_strips else (point[0], point[1]))
        return np.array(points, np.float64).reshape(-1, 2)


def _codes_or_none(frame: ReplayFrame) -> FrameCodes | None:
    try:
        return read_codes(frame)
    except RunError:  # the replay bar reports a damaged frame
        return None


def _same_samples(projected: ProjectedCodes, index: NDArray[np.int64]) -> FrameCodes:
    """Return the shown codes of the samples that the replay stores."""
    codes = projected.codes
    rows = np.flatnonzero(np.isin(codes.index, index))
    log_variance = None if codes.log_variance is None else codes.log_variance[rows]
    scale_tril = None if codes.scale_tril is None else codes.scale_tril[rows]
    return FrameCodes(codes.index[rows], codes.mean[rows], log_variance, scale_tril)


def _arrow_head(path: NDArray[np.float64], size: float) -> tuple[NDArray[np.float64], ...]:
    """Return the two strokes of an arrow head at the end of a path; none if the last step has length 0."""
    step = path[-1] - path[-2]
    length = float(np.hypot(*step))
    # Also true for NaN, which ``length <= 0`` would miss.
    if not length > 0:
        return ()
    back = -step / length * min(size, length)
    # Cosine and sine of ±30°.
    turns = ((0.87, 0.5), (0.87, -0.5))
    ends = [path[-1] + (cos * back[0] - sin * back[1], sin * back[0] + cos * back[1]) for cos, sin in turns]
    return tuple(np.array([path[-1], end]) for end in ends)


def _words(before: float, now: float, found: Drift, unit: Unit) -> str:
    kl = f"KL {found.kl * unit.per_nat:.2g} {unit.name}" if np.isfinite(found.kl) else "KL infinite"
    return (
        f"q(z) from epoch {before:.3g} (dashed) to {now:.3g}: mean moved {found.moved:.2g}, "
        f"W₂ {found.wasserstein:.2g} latent units, {kl}"
    )


def _why_not(run: OpenRun) -> str:
    if not run.capabilities.encoder:
        return "the model has no encoder, so there is no aggregate posterior"
    return "" if run.replay.frames else "the run has no replay: train a run, and its replay is stored with it"


def _question(scene: Scene) -> OverlayQuestion | None:
    earlier = tuple(frame for frame in scene.run.replay.frames if frame.step < scene.projected.codes.step)[-TRAIL:]
    if not earlier:
        return None
    grouping = Grouping.of_strips(scene)
    last = scene.run.replay.frames[-1]
    # Codes carry their step; steps per epoch are constant, so the epoch is proportional.
    epoch = scene.projected.codes.step * last.epoch / last.step if last.step else last.epoch
    return TraceDrift(scene.run.key, earlier, epoch, scene.projected, grouping, scene.unit)


DRIFT = Overlay(
    "drift",
    "Drift",
    "Movement of the mean code of each class over the last frames of the replay, and of the aggregate "
    "posterior q(z), drawn as a Gaussian at 1 σ",
    _why_not,
    _question,
    term="code_density",
)

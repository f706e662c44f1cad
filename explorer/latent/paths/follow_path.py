"""Follows a path: the curve of each method, its decodes, and the measures along it.

1. Draw the straight line, which all lengths are compared with, and the curve of each method.
2. Find geodesics piece by piece. Pieces are cached per model, so that a path with other steps, or with one waypoint
   moved, needs only what is new.
3. Space the steps, decode them, and answer without measures.
4. Measure each row, and answer again.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar, get_args
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError, suggestion
from explorer.data.dataset import Description
from explorer.latent.codes.nearest_real import Classifier
from explorer.latent.codes.sample_codes import SampleCodes
from explorer.latent.paths.along_path import NO_CODES, measured
from explorer.latent.paths.chain_energy import PathMetric, decoded_length_of
from explorer.latent.paths.code_density import CodeDensity, density_of_codes
from explorer.latent.paths.code_graph import CodeGraph, code_graph
from explorer.latent.paths.curves import Curve, curve, joined, through
from explorer.latent.paths.decoded_space import DecodedSpace, distances_between
from explorer.latent.paths.decoder_speed import advice_on_metric
from explorer.latent.paths.geodesic import GeodesicPiece, geodesic_piece
from explorer.latent.paths.path_answer import PathAnswer, PathProgress, PathRow
from explorer.latent.paths.spacing import spaced_by_decodes
from explorer.latent.steps import Absent, Steps, pausing
from explorer.models.latent_model import LatentModel
from explorer.session import Method

Result = TypeVar("Result")

Spacing = Literal["latent", "decoded"]
Metric = Literal["decoder", "density"]
MAX_STEPS = 1_000
KEPT = 400
"""Number of cached pieces of geodesics, and of what they are found with, per model."""

_known: WeakKeyDictionary[LatentModel, dict[Any, Any]] = WeakKeyDictionary()
"""What was computed for a model, by what it depends on. Only the thread of a model uses its entry."""


@dataclass(frozen=True)
class PathRequest:
    """A path to follow; see `explorer.jobs.queries.path_questions.FollowPath` for the fields."""

    waypoints: tuple[tuple[float, ...], ...]
    methods: tuple[Method, ...] = ("straight",)
    closed: bool = False
    steps: int = 96
    spacing: Spacing = "latent"
    metric: Metric = "decoder"
    condition: int | None = None
    seed: int = 0


def follow_path(
    model: LatentModel,
    description: Description,
    request: PathRequest,
    codes: SampleCodes | None = None,
    classifier: Classifier | None = None,
    *,
    measures: bool = True,
) -> Steps[PathAnswer]:
    """Return a path by each method; yields None, `PathProgress` and the answer without measures before.

    Parameters
    ----------
    codes
        The codes of the samples; without them there is no density, no class and no nearest sample.
    classifier
        The user's classifier of decodes.
    measures
        Whether to measure the rows.

    Raises
    ------
    ConfigError
        If the waypoints do not fit the model, or the number of steps is out of range.
    """
    _check(model, request)
    follower = _Follower(DecodedSpace(model, description, request.condition), request, codes)
    answer = yield from follower.answer()
    # Films and tables of decodes need no measures, which take most of the time.
    if not measures:
        return answer
    # The window shows the curves now, and the measures when they are there.
    yield answer
    density = yield from follower.density()
    rows: list[PathRow | Absent] = []
    for row in answer.rows:
        if isinstance(row, PathRow):
            found = yield from measured(follower.space, row.z, row.decodes, codes, density, classifier)
            row = replace(row, measures=found)
        rows.append(row)
    return replace(answer, rows=tuple(rows))


def _check(model: LatentModel, request: PathRequest) -> None:
    for kind, given, known in (
        *(("method", method, get_args(Method)) for method in request.methods),
        ("spacing", request.spacing, get_args(Spacing)),
        ("metric", request.metric, get_args(Metric)),
    ):
        if given not in known:
            raise ConfigError(f"unknown {kind} {given!r}: {suggestion(given, known)}")
    if not 1 <= request.steps <= MAX_STEPS:
        raise ConfigError(f"steps = {request.steps}: a path has 1 to {MAX_STEPS} steps")
    for waypoint in request.waypoints:
        if len(waypoint) != model.latent_dim:
            raise ConfigError(f"a waypoint has {len(waypoint)} numbers; codes of this model have {model.latent_dim}")


@dataclass(frozen=True, eq=False)
class _Follower:
    space: DecodedSpace
    request: PathRequest
    codes: SampleCodes | None

    def answer(self) -> Steps[PathAnswer]:
        request, space = self.request, self.space
        # Measure the straight line even if it was not asked for: all lengths are compared with it.
        straight = curve(request.waypoints, closed=request.closed)
        length = yield from decoded_length_of(straight, space)
        rows: list[PathRow | Absent] = []
        for number, method in enumerate(request.methods):
            if method == "geodesic":
                found = yield from self._geodesic(number / len(request.methods))
            else:
                found = curve(request.waypoints, method, closed=request.closed)
            rows.append(found if isinstance(found, Absent) else (yield from self._row(method, found, length)))
        t = np.linspace(0, 1, request.steps + 1)
        return PathAnswer(t, tuple(rows), length, space.unit, (yield from self._advice()))

    def _row(self, method: Method, line: Curve, straight_length: float) -> Steps[PathRow]:
        length = yield from decoded_length_of(line, self.space)
        if self.request.spacing == "decoded":
            # After the length was measured: equal decoded steps do not change the curve, only t along it.
            line = yield from spaced_by_decodes(line, self.space, self.request.steps)
        z = line.resampled(self.request.steps).astype(np.float32)
        decodes = yield from self.space.decode(z)
        distances = distances_between(self.space.points(decodes))
        excess = length / straight_length - 1 if straight_length > 0 else 0.0
        return PathRow(method, line, z, decodes, distances, length, excess)

    def _geodesic(self, begun: float) -> Steps[Curve | Absent]:
        """Return the shortest curve through the waypoints; ``begun`` is the share of all rows that is done."""
        density = (yield from self.density()) if self.request.metric == "density" else None
        if isinstance(density, Absent):
            return Absent(f"the density metric is not defined: {density.why}")
        metric = PathMetric(self.space, density)
        yield PathProgress(begun)
        graph = yield from self._graph(metric)
        points = through(self.request.waypoints, closed=self.request.closed)
        pieces = []
        for number in range(len(points) - 1):
            work = self._piece(metric, graph, points[number], points[number + 1])
            # Each piece reports its own share, which has to become a share of the whole.
            while True:
                try:
                    share = next(work)
                except StopIteration as stop:
                    piece: GeodesicPiece | Absent = stop.value
                    break
                part = begun + (number + share) / (len(points) - 1) / len(self.request.methods)
                yield PathProgress(part)
            # A curve with a missing piece is not defined.
            if isinstance(piece, Absent):
                return piece
            pieces.append(piece.chain)
        return joined(pieces)

    def _piece(
        self, metric: PathMetric, graph: CodeGraph | None, start: NDArray[np.float64], end: NDArray[np.float64]
    ) -> Steps[GeodesicPiece | Absent]:
        key = ("piece", *start.tolist(), *end.tolist(), self.request.metric)
        return (yield from self._once(key, geodesic_piece(metric, graph, start, end)))

    def _graph(self, metric: PathMetric) -> Steps[CodeGraph | None]:
        if (codes := self.codes) is None:
            return None
        key = ("graph", self.request.metric)
        return (yield from self._once(key, pausing(code_graph(metric, codes.mean, self.request.seed))))

    def density(self) -> Steps[CodeDensity | Absent]:
        """Return the density of the codes."""
        if (codes := self.codes) is None:
            return Absent(NO_CODES)
        return (yield from self._once(("density",), pausing(density_of_codes(codes.mean, self.request.seed))))

    def _advice(self) -> Steps[str]:
        request, codes = self.request, self.codes
        if codes is None or request.metric != "decoder" or "geodesic" not in request.methods:
            return ""
        work = advice_on_metric(self.space, codes.mean, codes.neighbours, request.seed)
        return (yield from self._once(("advice",), work))

    def _once(self, key: tuple[Any, ...], work: Steps[Result]) -> Steps[Result]:
        """Return the result of work, from the cache if it was done for these codes, class and seed before."""
        known = _known.setdefault(self.space.model, {})
        # Codes are compared by identity: new weights come with new codes.
        whole = (self.codes, self.request.condition, self.request.seed, *key)
        if whole in known:
            kept: Result = known.pop(whole)
            known[whole] = kept  # moved to the end, so it is forgotten last
            return kept
        found = yield from work
        known[whole] = found
        for old in list(known)[:-KEPT]:
            del known[old]
        return found

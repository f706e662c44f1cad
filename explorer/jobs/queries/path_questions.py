"""The question about a path: its curves, their decodes, and the measures along them."""

from dataclasses import dataclass
from typing import Any, ClassVar

from explorer.jobs.questions import LoadedModel, Question
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.paths.follow_path import Metric, PathRequest, Spacing, follow_path
from explorer.latent.steps import Steps
from explorer.session import Method


@dataclass(frozen=True)
class FollowPath(Question):
    """Follow a path through waypoints by one or two methods.

    Attributes
    ----------
    waypoints
        At least two codes of latent_dim numbers.
    methods
        A row of the answer for each.
    closed
        Whether the last waypoint is joined to the first.
    steps
        Number of equal steps; the rows have one more code.
    spacing
        Whether the steps are equal in latent or in decoded length.
    metric
        The length that a geodesic minimizes; see `explorer.latent.paths.geodesic`.
    condition
        Class index for a conditional model; None for all others.
    seed
        Seed of the codes that a geodesic starts from.
    codes
        The codes of the run's samples, which densities, classes and nearest samples need.
    measured
        Whether to compute the measures; without them the answer has only curves and decodes.
    """

    waypoints: tuple[tuple[float, ...], ...]
    methods: tuple[Method, ...] = ("straight",)
    closed: bool = False
    steps: int = 96
    spacing: Spacing = "latent"
    metric: Metric = "decoder"
    condition: int | None = None
    seed: int = 0
    codes: PlaneCodes | None = None
    measured: bool = True

    urgent: ClassVar[bool] = False
    gives_way: ClassVar[bool] = True

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `PathAnswer`; before it, yield `PathProgress` and the `PathAnswer` without measures."""
        yield
        request = PathRequest(
            self.waypoints, self.methods, self.closed, self.steps, self.spacing, self.metric, self.condition, self.seed
        )
        # A user's model may have a classifier; without one, the nearest codes vote.
        classifier = loaded.classifier
        return (
            yield from follow_path(
                loaded.model, loaded.description, request, self.codes, classifier, measures=self.measured
            )
        )

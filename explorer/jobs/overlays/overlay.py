"""What an overlay is: what it draws at once from a scene, and the question by which a worker computes the rest."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

from explorer.jobs.errors import error_message
from explorer.jobs.overlays.viewport import Viewport
from explorer.jobs.plane.scene import Scene
from explorer.jobs.questions import LoadedModel, Question
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.plane.overlay_parts import OverlayResult
from explorer.latent.steps import Steps
from explorer.models.latent_model import NotDefined

LOG = logging.getLogger(__name__)

OverlaySteps = Generator[OverlayResult | None, None, OverlayResult]
"""Work on an overlay: yields None between chunks of a few milliseconds, or the result so far; returns the whole."""

Level = Literal["under", "over", "above", "edge"]
"""Where an overlay lies: under the points, over them, above the others, or inside the plane's edges, on top."""


class OverlayDrawing(ABC):
    """What an overlay draws without a model, in about a millisecond, so that it follows the hand.

    Subclasses are frozen dataclasses whose fields are all that the picture depends on: while they stay equal, nothing
    is drawn anew.
    """

    @abstractmethod
    def draw(self) -> OverlayResult:
        """Return its parts."""


@dataclass(frozen=True)
class OverlayQuestion(Question):
    """Asks for an overlay. Equal questions to one model are asked once: its fields are all that it depends on.

    A newer question of who asks ends the older one: what is no longer visible is not finished.
    """

    urgent: ClassVar[bool] = False
    gives_way: ClassVar[bool] = True

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `OverlayResult`; an error becomes its words, which the plane shows."""
        yield
        try:
            return (yield from self.compute(loaded))
        except NotDefined as lack:
            return OverlayResult(words=f"not defined: {lack}")
        except Exception as error:  # a model may raise anything, which must not end the worker
            LOG.exception("computing %s over the plane of %s", type(self).__name__, self.run)
            return OverlayResult(words=error_message(error))

    def is_moved(self, other: "OverlayQuestion") -> bool:
        """Whether it asks for the same as another one, of another part of the plane."""
        if type(self) is not type(other):
            return False
        for each in fields(self):
            mine, its = getattr(self, each.name), getattr(other, each.name)
            if mine != its and not (isinstance(mine, Viewport) and mine.is_moved(its)):
                return False
        return True

    @abstractmethod
    def compute(self, loaded: LoadedModel) -> OverlaySteps:
        """Work on it.

        Raises
        ------
        NotDefined
            Where the model or its data lack what it needs, with why.
        """


def always(run: OpenRun) -> str:
    """Return "": it is defined for every run."""
    return ""


@dataclass(frozen=True)
class Overlay:
    """One overlay.

    Attributes
    ----------
    name, title, tip
        As `View.overlays` has it, as menus have it, and what it shows in a sentence.
    why_not
        Return why it is not defined for a run, by what the run has; "" where it is.
    question
        Return the question that it is computed by, for a scene; or, in words, what has to be done before
        there is anything to see; None where there is nothing to compute.
    drawing
        Return what is drawn at once for a scene, over what was computed; None where there is nothing.
    level
        Where it lies. At the ``"edge"`` it takes room inside the plane, and codes are fitted beside it.
    """

    name: str
    title: str
    tip: str
    why_not: Callable[[OpenRun], str] = always
    question: Callable[[Scene], OverlayQuestion | str | None] | None = None
    drawing: Callable[[Scene], OverlayDrawing | None] | None = None
    level: Level = "over"

    def is_shown_in(self, run: OpenRun, overlays: frozenset[str]) -> bool:
        """Whether it is switched on, and defined for a run."""
        return self.name in overlays and not self.why_not(run)

"""What an overlay is, and the questions that those are computed by which take long."""

import logging
from abc import abstractmethod
from collections.abc import Callable, Generator
from dataclasses import dataclass, fields
from typing import ClassVar

from explorer.jobs.errors import error_message
from explorer.jobs.overlays.viewport import Viewport
from explorer.jobs.plane.scene import Scene
from explorer.jobs.questions import LoadedModel, Question, Steps
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.plane.overlay_parts import OverlayResult
from explorer.models.latent_model import NotDefined

LOG = logging.getLogger(__name__)

Laying = Generator[OverlayResult | None, None, OverlayResult]
"""Work on an overlay: yields None between parts of a few milliseconds, or what there is so far; returns all."""


@dataclass(frozen=True)
class OverlayQuestion(Question):
    """Asks for an overlay. Equal questions to one model are asked once: its fields are all that it depends on.

    It gives way to the next one: what is no longer in sight is not finished.
    """

    urgent: ClassVar[bool] = False
    gives_way: ClassVar[bool] = True

    def ask(self, loaded: LoadedModel) -> Steps:
        """Return `OverlayResult`; a fault is said in its words, on the plane that shows it."""
        yield
        try:
            return (yield from self.lay(loaded))
        except NotDefined as lack:
            return OverlayResult(words=f"not defined: {lack}")
        except Exception as error:  # whatever a model raises is told, and never ends the worker
            LOG.exception("laying %s over the plane of %s", type(self).__name__, self.run)
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
    def lay(self, loaded: LoadedModel) -> Laying:
        """Work on it.

        Raises
        ------
        NotDefined
            Where the model or its data lack what it needs, with why.
        """


def always(run: OpenRun) -> str:
    """Say that it is defined for every run."""
    return ""


@dataclass(frozen=True)
class Overlay:
    """One overlay.

    Attributes
    ----------
    name, title, tip
        As `View.overlays` has it, as menus have it, and what it shows in a sentence.
    why_not
        Says why it is not defined for a run, by what the run has; "" where it is.
    question
        Gives the question that it is computed by, for a scene; or, in words, what has to be done before
        there is anything to be seen. An overlay without one is drawn at once, by the window itself.
    under
        Whether it lies under the points.
    at_edge
        Whether it lies inside the plane's edges, over all but the marks of the hand; codes are then fitted beside it.
    """

    name: str
    title: str
    tip: str
    why_not: Callable[[OpenRun], str] = always
    question: Callable[[Scene], OverlayQuestion | str | None] | None = None
    under: bool = False
    at_edge: bool = False

"""The contract of an overlay: what it draws at once from a scene, and the question by which a worker computes the rest.

1. The pane makes a `Scene` of its run, codes, view and visible part whenever one of them changes.
2. ``Overlay.drawing`` returns what needs no model. The pane draws it at once, in the thread of the window.
3. ``Overlay.question`` returns a question for the inference worker, or a sentence on what the user has to do first.
4. If the new question equals the last one, nothing is computed. If only the viewport moved (`is_moved`), the old result
   stays on screen, and coarse ones fill the newly visible area around it.
5. The worker runs ``compute`` step by step. It may yield coarse results, which are drawn until the final one replaces
   them; a newer question ends it.
6. An error becomes the text of an otherwise empty result, which the corner of the plane shows.

Questions that decode points of the plane carry a `Viewport`, which knows the code of each point.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.jobs.plane.scene import Scene
from explorer.jobs.queries.decode_questions import decode, same_class
from explorer.jobs.questions import LoadedModel, Question, error_message
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import Level, OverlayResult
from explorer.latent.plane.projection import Projection
from explorer.latent.steps import Steps, in_chunks
from explorer.models.latent_model import NO_DECODER, NotDefined

BEYOND = 0.1
"""Margin of overlays around the visible part, as a share of it, so that panning a little shows no edge."""


@dataclass(frozen=True)
class Viewport:
    """A box of a plane, with all that is needed to find the codes in it.

    Attributes
    ----------
    pixels
        Width and height of the box on the screen, at scale 1.
    projection, base
        Map from points to z. The code ``base`` supplies the coordinates that the plane does not show.
    words
        Text for the corner, such as the values of the dimensions that the plane does not show.
    """

    box: Box
    pixels: tuple[int, int]
    projection: Projection
    base: tuple[float, ...]
    words: str = ""

    @property
    def is_flat(self) -> bool:
        """Whether there is one latent dimension, so the y of a point has no meaning."""
        return self.projection.latent_dim == 1

    def is_moved(self, other: "Viewport") -> bool:
        """Whether equal points have equal codes in both viewports, so that one is the other one moved."""
        return (self.projection, self.base) == (other.projection, other.base)

    def codes_at(self, points: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return the codes ``(n, latent_dim)`` of points ``(n, 2)``."""
        return self.projection.codes_at(self.base, points).astype(np.float32)


def viewport_of(scene: Scene, words: str = "") -> Viewport:
    """Return the visible part of a scene with the margin `BEYOND` around it."""
    # The pixels grow with the box, so that a cell keeps its size on the screen.
    width, height = (round(side * (1 + 2 * BEYOND)) for side in scene.pixels)
    return Viewport(scene.box.grown(BEYOND), (width, height), scene.projected.projection, scene.base, words)


LOG = logging.getLogger(__name__)

OverlaySteps = Generator[OverlayResult | None, None, OverlayResult]
"""Steps of an overlay: yield None after a few milliseconds, or the result so far; return the final result."""


class OverlayDrawing(ABC):
    """The part of an overlay that needs no model and takes about a millisecond, so it can follow the mouse.

    Subclasses are frozen dataclasses. Their fields determine the picture, so an equal drawing is not drawn again.
    """

    @abstractmethod
    def draw(self) -> OverlayResult:
        """Return the parts to draw."""


@dataclass(frozen=True)
class OverlayQuestion(Question):
    """A question for an overlay. Its fields determine the result, so equal questions to one model are asked once.

    A newer question of the same asker ends an unfinished one, as its result would no longer be visible.
    """

    urgent: ClassVar[bool] = False
    gives_way: ClassVar[bool] = True

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return the `OverlayResult`; an error becomes its text, which the plane shows."""
        yield
        try:
            return (yield from self.compute(loaded))
        except NotDefined as lack:
            return OverlayResult(words=f"not defined: {lack}")
        except (Exception, SystemExit) as error:  # a model may raise anything, which must not end the worker
            LOG.exception("computing %s over the plane of %s", type(self).__name__, self.run)
            return OverlayResult(words=error_message(error))

    def is_moved(self, other: "OverlayQuestion") -> bool:
        """Whether the two questions differ only in the visible part of the plane."""
        if type(self) is not type(other):
            return False
        for each in fields(self):
            mine, its = getattr(self, each.name), getattr(other, each.name)
            if mine != its and not (isinstance(mine, Viewport) and mine.is_moved(its)):
                return False
        return True

    @abstractmethod
    def compute(self, loaded: LoadedModel) -> OverlaySteps:
        """Compute the overlay in steps.

        Raises
        ------
        NotDefined
            If the model or its data lack what the overlay needs; the message says what.
        """


def why_no_decoder(run: OpenRun) -> str:
    """Return why codes cannot be decoded; "" if they can."""
    return "" if run.capabilities.decoder else NO_DECODER


def always(run: OpenRun) -> str:
    """Return "": the overlay is defined for every run."""
    return ""


@dataclass(frozen=True)
class Overlay:
    """An overlay of the plane: its texts and the functions that make it.

    Attributes
    ----------
    name, title, tip
        Name in `View.overlays` and on the command line, title in menus, and one sentence on what it shows.
    why_not
        Returns why the overlay is not defined for a run; "" if it is.
    question
        Returns the question to the worker for a scene, a sentence on what the user has to do first, or None if there
        is nothing to compute.
    drawing
        Returns what is drawn at once, over the computed part; None if there is nothing.
    level
        Order of drawing. An overlay at the ``"edge"`` takes room inside the plane, so codes are fitted beside it.
    key
        What its lines mean, for the status line; the part after a comma is left out in a narrow window.
    things
        What it draws one by one, in the singular and the plural, to count those outside the visible part. None if it
        fills the visible part, or draws something at each point, which is counted with the points.
    term
        Key of its term in `explorer.glossary`; "" if it has none.
    """

    name: str
    title: str
    tip: str
    why_not: Callable[[OpenRun], str] = always
    question: Callable[[Scene], OverlayQuestion | str | None] | None = None
    drawing: Callable[[Scene], OverlayDrawing | None] | None = None
    level: Level = "over"
    key: str = ""
    things: tuple[str, str] | None = None
    term: str = ""

    def is_shown_in(self, run: OpenRun, overlays: frozenset[str]) -> bool:
        """Return whether the overlay is switched on and defined for a run."""
        return self.name in overlays and not self.why_not(run)


SIDES = {"image": 34, "signal": 84, "vector": 56, "text": 110}
"""Minimum side of a legible small picture, in pixels at scale 1, by renderer."""
MAX_NUMBERS = 4_000_000
"""Maximum number of values in all decodes of one overlay (16 MB in float32), which stay in memory while it is shown."""


def decodes_of(
    loaded: LoadedModel, z: NDArray[np.float32], condition: int | None
) -> Generator[None, None, NDArray[np.float32]]:
    """Decode codes ``(n, latent_dim)`` to the means of p(x|z), ``(n, *shape)``, in units of the data.

    Yield between chunks. ``condition`` is the class for a conditional model.
    """

    def part(rows: slice) -> NDArray[Any]:
        # torch.from_numpy shares memory only with contiguous arrays of positive strides.
        codes = np.ascontiguousarray(z[rows])
        return decode(loaded, codes, same_class(loaded, condition, len(codes)))

    return (yield from in_chunks(len(z), part))


def max_decodes(description: Description) -> int:
    """Return the maximum number of decodes of one overlay."""
    return max(1, MAX_NUMBERS // description.features)


def decode_text(scene: Scene) -> str:
    """Return the text for the hidden dimensions and the class of the decodes; "" if a point determines its decode."""
    if scene.condition is None:
        return scene.rest_words
    return joined(scene.rest_words, f"as class {scene.run.description.class_names[scene.condition]}")


def joined(*words: str) -> str:
    """Join the texts that are not empty."""
    return ", ".join(word for word in words if word)

"""Questions about blends of pinned samples: their decodes, and their comparison with real samples."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from explorer.jobs.queries.decode_questions import Decodes
from explorer.jobs.questions import LoadedModel, Question
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.blends.blend import compare_blend, decode_blend
from explorer.latent.steps import Steps
from explorer.session import Blend, Waypoint


@dataclass(frozen=True)
class BlendSamples(Question):
    """Decode a blend, while its handle is dragged.

    Attributes
    ----------
    pins
        One to eight points: codes of samples, or any other codes.
    weights
        One for each pin, with sum 1.
    condition
        Class index for a conditional model; None for all others.
    """

    pins: tuple[Waypoint, ...]
    weights: tuple[float, ...]
    condition: int | None = None

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `DecodedBlend`."""
        yield
        return decode_blend(loaded.model, loaded.description, self.pins, self.weights, self.condition)


@dataclass(frozen=True)
class CompareBlend(Question):
    """Compare a blend with the average of its samples and the nearest real one, when the handle rests.

    The first three attributes are those of `BlendSamples`.

    Attributes
    ----------
    codes
        The codes of the run's samples; None if there are none.
    has_data
        Whether the data was loaded when the question was asked; it is asked again once the data is loaded.
    """

    pins: tuple[Waypoint, ...]
    weights: tuple[float, ...]
    condition: int | None = None
    codes: PlaneCodes | None = None
    has_data: bool = True

    urgent: ClassVar[bool] = False
    gives_way: ClassVar[bool] = True

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `BlendComparison`."""
        yield
        model, about, data = loaded.model, loaded.description, loaded.dataset
        return (yield from compare_blend(model, about, data, self.codes, self.pins, self.weights, self.condition))


@dataclass(frozen=True)
class DecodeBlends(Question):
    """Decode several blends of the run, for the pictures of the blends that are kept."""

    blends: tuple[Blend, ...]
    condition: int | None = None

    urgent: ClassVar[bool] = False
    gives_way: ClassVar[bool] = True

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `Decodes`, one for each blend."""
        model, about = loaded.model, loaded.description
        # An empty array first, so that the result has the right shape even without blends.
        found = [np.empty((0, *about.shape), np.float32)]
        for blend in self.blends:
            found.append(decode_blend(model, about, blend.pins, blend.weights, self.condition).decode[None])
            yield
        return Decodes(np.concatenate(found))

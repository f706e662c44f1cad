"""Questions for the plane: where its samples lie, and which of them is near."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.questions import LoadedModel, Question
from explorer.jobs.runs.plane_codes import PlaneCodes, codes_of_draws, codes_of_embedding
from explorer.latent.codes.embedding import embed_in_chunks
from explorer.latent.codes.nearest_real import class_finder
from explorer.latent.codes.neighbours import Neighbours
from explorer.latent.codes.prior_plane import draw_in_chunks
from explorer.latent.plane.projection import Projection
from explorer.latent.steps import Steps, pausing


@dataclass(frozen=True, eq=False)
class EmbedPlane(Question):
    """Embed the samples at ``index`` (all where None), between more urgent questions.

    A model without an encoder gets a plane of draws from its prior instead.

    ``projection`` is the basis to keep; a new one is fitted where it is None.
    """

    index: NDArray[np.int64] | None = None
    projection: Projection | None = None
    reconstruct: bool = False

    urgent: ClassVar[bool] = False

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `PlaneCodes`, or None where the data is not at hand."""
        yield
        if not loaded.model.capabilities.encoder:
            return (yield from _draw_plane(loaded, self.projection))
        if loaded.dataset is None:
            return None
        # Chunks of a few milliseconds: a probe that moves meanwhile waits for one at most.
        chunks = embed_in_chunks(loaded.model, loaded.dataset, self.index, reconstruct=self.reconstruct, chunk=256)
        embedding = yield from pausing(chunks)
        return codes_of_embedding(embedding, loaded.step, loaded.dataset, self.projection)


def _draw_plane(loaded: LoadedModel, projection: Projection | None) -> Generator[None, None, PlaneCodes | None]:
    """Return the plane of draws; None without a prior to draw from."""
    if loaded.model.prior is None:
        return None
    chunks = draw_in_chunks(loaded.model, loaded.description, loaded.classifier or class_finder(loaded.dataset))
    return codes_of_draws((yield from pausing(chunks)), loaded.step, projection)


@dataclass(frozen=True, eq=False)
class FindNearest(Question):
    """Find the sample whose code is nearest to ``z``, over all latent dimensions."""

    z: tuple[float, ...]
    neighbours: Neighbours

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `Neighbour`, or None where there is no code at all."""
        yield
        return self.neighbours.nearest(self.z)


@dataclass(frozen=True, eq=False)
class MeasureSpread(Question):
    """Measure how far apart codes typically lie, between more urgent questions; ``neighbours`` keep it."""

    neighbours: Neighbours

    urgent: ClassVar[bool] = False

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return the typical distance in latent units."""
        yield
        yield from self.neighbours.measure()
        return self.neighbours.typical_distance

"""Questions for the plane: where its samples lie, and which of them is near."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.plane_codes import PlaneCodes, codes_of_draws, codes_of_embedding
from explorer.jobs.questions import Asking, Question, Subject
from explorer.latent.embedding import embed_in_chunks
from explorer.latent.nearest_real import class_finder
from explorer.latent.neighbours import Neighbours
from explorer.latent.passes import pausing
from explorer.latent.prior_plane import draw_in_chunks
from explorer.latent.projection import Projection


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

    def ask(self, subject: Subject) -> Asking:
        """Give `PlaneCodes`, or None where the data is not at hand."""
        yield
        if not subject.model.capabilities.encoder:
            return (yield from _draw_plane(subject, self.projection))
        if subject.dataset is None:
            return None
        # Chunks of a few milliseconds: a probe that moves meanwhile waits for one at most.
        chunks = embed_in_chunks(subject.model, subject.dataset, self.index, reconstruct=self.reconstruct, chunk=256)
        embedding = yield from pausing(chunks)
        return codes_of_embedding(embedding, subject.step, subject.dataset, self.projection)


def _draw_plane(subject: Subject, projection: Projection | None) -> Generator[None, None, PlaneCodes | None]:
    """Give the plane of draws; None without a prior to draw from."""
    if subject.model.prior is None:
        return None
    chunks = draw_in_chunks(subject.model, subject.description, subject.classifier or class_finder(subject.dataset))
    return codes_of_draws((yield from pausing(chunks)), subject.step, projection)


@dataclass(frozen=True, eq=False)
class FindNearest(Question):
    """Find the sample whose code is nearest to ``z``, over all latent dimensions."""

    z: tuple[float, ...]
    neighbours: Neighbours

    def ask(self, subject: Subject) -> Asking:
        """Give a `Neighbour`, or None where there is no code at all."""
        yield
        return self.neighbours.nearest(self.z)


@dataclass(frozen=True, eq=False)
class MeasureSpread(Question):
    """Measure how far apart codes typically lie, between more urgent questions; ``neighbours`` keep it."""

    neighbours: Neighbours

    urgent: ClassVar[bool] = False

    def ask(self, subject: Subject) -> Asking:
        """Give the typical distance in latent units."""
        yield
        yield from self.neighbours.measure()
        return self.neighbours.typical_distance

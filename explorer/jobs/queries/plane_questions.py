"""Questions for the plane: codes of all samples, the nearest code, and the typical distance of codes."""

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
    """Embed samples, in chunks that let more urgent questions pass.

    A model without an encoder gets draws from its prior instead.

    Attributes
    ----------
    index
        Indices of the samples; None for all.
    projection
        The basis to reuse; None fits a new one.
    """

    index: NDArray[np.int64] | None = None
    projection: Projection | None = None
    reconstruct: bool = False

    urgent: ClassVar[bool] = False

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `PlaneCodes`, or None if the data is not available."""
        yield
        if not loaded.model.capabilities.encoder:
            # Such models, for example a GAN, decode but cannot place samples.
            return (yield from _draw_plane(loaded, self.projection))
        if loaded.dataset is None:
            return None
        # 256 samples take a few milliseconds, which is the longest that a moving probe waits.
        chunks = embed_in_chunks(loaded.model, loaded.dataset, self.index, reconstruct=self.reconstruct, chunk=256)
        embedding = yield from pausing(chunks)
        return codes_of_embedding(embedding, loaded.step, loaded.dataset, self.projection)


def _draw_plane(loaded: LoadedModel, projection: Projection | None) -> Generator[None, None, PlaneCodes | None]:
    """Return the codes of draws from the prior; None without a prior."""
    if loaded.model.prior is None:
        return None
    # A classifier of the user takes precedence over the nearest real sample.
    chunks = draw_in_chunks(loaded.model, loaded.description, loaded.classifier or class_finder(loaded.dataset))
    return codes_of_draws((yield from pausing(chunks)), loaded.step, projection)


@dataclass(frozen=True, eq=False)
class FindNearest(Question):
    """Find the sample whose code is nearest to ``z``, over all latent dimensions."""

    z: tuple[float, ...]
    neighbours: Neighbours

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `Neighbour`, or None if there are no codes."""
        yield
        return self.neighbours.nearest(self.z)


@dataclass(frozen=True, eq=False)
class MeasureSpread(Question):
    """Measure the typical distance between neighbouring codes; ``neighbours`` stores the result."""

    neighbours: Neighbours

    urgent: ClassVar[bool] = False

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return the typical distance in latent units."""
        yield
        yield from self.neighbours.measure()
        return self.neighbours.typical_distance

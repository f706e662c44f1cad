"""The round-trip error of each point of the plane: the distance between a code and the code of its decode."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.jobs.overlays.overlay import (
    Overlay,
    OverlayQuestion,
    OverlaySteps,
    Viewport,
    decode_text,
    viewport_of,
    why_no_decoder,
)
from explorer.jobs.plane.projected_codes import ProjectedCodes
from explorer.jobs.plane.scene import Scene
from explorer.jobs.queries.decode_questions import same_class
from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.bulk import bulk_of
from explorer.latent.metrics.decoder.round_trip import distances
from explorer.latent.plane.box import lattices
from explorer.latent.plane.overlay_parts import OverlayResult, Shading
from explorer.latent.steps import in_chunks

NAME = "|z − mean of q(z|decode(z))|"


@dataclass(frozen=True)
class ShadeOffManifold(OverlayQuestion):
    """A question for the round-trip error in latent units over the viewport; the ink is opaque at ``high``."""

    viewport: Viewport
    high: float
    condition: int | None = None

    def compute(self, loaded: LoadedModel) -> OverlaySteps:
        """Return a `Shading`; yield coarser ones first."""
        result = OverlayResult()
        for lattice in lattices(self.viewport.box, self.viewport.pixels, flat=self.viewport.is_flat):
            z = self.viewport.codes_at(lattice.points())

            # ``z`` is bound as a default, as the closure would otherwise see the z of a later lattice.
            def errors(rows: slice, z: NDArray[np.float32] = z) -> NDArray[np.float64]:
                codes = torch.from_numpy(z[rows]).to(loaded.model.device)
                classes = same_class(loaded, self.condition, len(codes))
                return distances(loaded.model, loaded.description.shape, codes, classes).cpu().numpy()

            values = (yield from in_chunks(len(lattice), errors)).reshape(lattice.rows, lattice.columns)
            shading = Shading(lattice.box, values, (0.0, self.high), NAME, "latent units")
            result = OverlayResult((shading,), self.viewport.words)
            yield result
        return result


def _why_not(run: OpenRun) -> str:
    if why := why_no_decoder(run):
        return why
    if not run.capabilities.encoder:
        return "the model has no encoder"
    # A decode of text is a distribution over terms, not a count vector.
    return "decodes of texts cannot be encoded" if run.description.kind == "text" else ""


def _question(scene: Scene) -> OverlayQuestion:
    return ShadeOffManifold(
        scene.run.key, viewport_of(scene, decode_text(scene)), spread(scene.projected), scene.condition
    )


def spread(projected: ProjectedCodes) -> float:
    """Return the RMS distance of the bulk of the codes from its mean, in latent units, to two digits; 1 if it is 0."""
    bulk = bulk_of(projected.codes.mean)
    found = float(np.sqrt(bulk.var(axis=0).sum())) if len(bulk) else 0.0
    # Two digits keep the question equal while training changes the codes a little, so the scale does not flicker.
    return float(f"{found:.2g}") if found > 0 else 1.0


OFF_MANIFOLD = Overlay(
    "off_manifold",
    "Off-manifold shading",
    "Distance between z and its round trip (decode, then encode). Shaded regions are off the data manifold",
    _why_not,
    _question,
    level="under",
    term="off_manifold",
)

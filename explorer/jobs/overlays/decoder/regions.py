"""Decision regions: the class predicted for the decode of each point of the plane."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.overlays.overlay import (
    Overlay,
    OverlayQuestion,
    OverlaySteps,
    Viewport,
    decode_text,
    joined,
    viewport_of,
    why_no_decoder,
)
from explorer.jobs.plane.scene import Scene
from explorer.jobs.queries.decode_questions import decode, same_class
from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.codes.nearest_real import class_finder
from explorer.latent.plane.box import lattices
from explorer.latent.plane.overlay_parts import OverlayResult, Regions
from explorer.latent.steps import in_chunks
from explorer.models.latent_model import NotDefined

FINEST, MAX_CELLS = 8, 9_000
"""Finest cells in pixels, and their maximum number: each needs a decode and a comparison with thousands of samples."""


@dataclass(frozen=True)
class ClassifyDecodes(OverlayQuestion):
    """A question for the class of the decode of each visible point."""

    viewport: Viewport
    condition: int | None = None

    def compute(self, loaded: LoadedModel) -> OverlaySteps:
        """Return `Regions`; yield coarser ones first."""
        # A classifier of the user comes first, as it knows classes better than distances in data space do.
        classifier = loaded.classifier or class_finder(loaded.dataset)
        if classifier is None:
            raise NotDefined("no labels and no classifier to predict a class from")
        result, words = OverlayResult(), joined(classifier.words, self.viewport.words)
        levels = lattices(
            self.viewport.box, self.viewport.pixels, flat=self.viewport.is_flat, finest=FINEST, max_cells=MAX_CELLS
        )
        for lattice in levels:
            z = self.viewport.codes_at(lattice.points())

            # ``z`` is bound as a default, as the closure would otherwise see the z of a later lattice.
            def classes(rows: slice, z: NDArray[np.float32] = z) -> NDArray[np.int64]:
                codes = np.ascontiguousarray(z[rows])
                decodes = decode(loaded, codes, same_class(loaded, self.condition, len(codes)))
                # Classifiers reject NaN, and a diverged decoder returns it; those cells stay empty.
                known = np.isfinite(decodes.reshape(len(codes), -1)).all(axis=1)
                return np.where(known, classifier(decodes), -1)

            found = yield from in_chunks(len(lattice), classes)
            count = len(loaded.description.class_names)
            result = OverlayResult((Regions(lattice.box, found.reshape(lattice.rows, lattice.columns), count),), words)
            yield result
        return result


def _why_not(run: OpenRun) -> str:
    """Return what is missing. A live model may bring its own classifier, which only the worker knows, so it passes."""
    if why := why_no_decoder(run):
        return why
    if run.description.kind == "text":
        return "decodes of texts cannot be compared with samples"
    if run.is_user_model:
        return ""
    if not run.description.class_names:
        return "the data has no classes"
    return "" if run.dataset is not None else run.missing_data or "the data is loading"


def _question(scene: Scene) -> OverlayQuestion:
    return ClassifyDecodes(scene.run.key, viewport_of(scene, decode_text(scene)), scene.condition)


REGIONS = Overlay(
    "regions",
    "Decision regions",
    "Class predicted for the decode of each point, by the nearest real sample or your own classifier",
    _why_not,
    _question,
    level="under",
    term="decision_regions",
)

"""The catalogue of overlays, in the order of the menus. A new overlay is one file and one line here.

1. A line names a constant: ``samples.class_hulls.CLASS_HULLS`` is the `Overlay` with the name ``class_hulls`` in the
   module `explorer.jobs.overlays.samples.class_hulls`.
2. `GROUPS` and `NAMES` are derived from the text of the lines, so the help of the command line does not import torch.
3. `overlays` imports the modules, which takes seconds with torch, when an overlay is first used.
"""

import functools
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.jobs.overlays.overlay import Overlay

CATALOG = (
    (
        "densities.prior.PRIOR_RINGS",
        "densities.posteriors.POSTERIOR",
        "densities.posteriors.ALL_POSTERIORS",
        "densities.true_posterior.TRUE_POSTERIOR",
    ),
    (
        "densities.class_gaussians.CLASS_GAUSSIANS",
        "samples.class_hulls.CLASS_HULLS",
        "densities.contours.CONTOURS",
        "densities.contours.CLASS_CONTOURS",
        "densities.axis_strips.AXIS_STRIPS",
        "densities.drift.DRIFT",
    ),
    (
        "decoder.manifold.MANIFOLD",
        "decoder.prior_manifold.PRIOR_MANIFOLD",
        "decoder.regions.REGIONS",
        "decoder.off_manifold.OFF_MANIFOLD",
    ),
    (
        "samples.class_names.LABELS",
        "samples.words.WORDS",
        "samples.thumbnails.THUMBNAILS",
    ),
)
"""Groups of the menu: distributions, summaries of all codes, decodes of points, and names and pictures of samples."""

# The name of an overlay is its constant in lower case; a test checks that the two agree.
GROUPS = tuple(tuple(entry.rpartition(".")[2].lower() for entry in group) for group in CATALOG)
NAMES = tuple(name for group in GROUPS for name in group)


@functools.cache
def overlays() -> "tuple[Overlay, ...]":
    """Return all overlays in the order of the catalogue; import their modules on the first call."""
    return tuple(map(_load, (entry for group in CATALOG for entry in group)))


def overlay(name: str) -> "Overlay":
    """Return an overlay by its name.

    Raises
    ------
    ValueError
        For a name that is not in the catalogue.
    """
    # `index` raises ValueError for an unknown name, as this function documents.
    return overlays()[NAMES.index(name)]


def _load(entry: str) -> "Overlay":
    module, _, constant = entry.rpartition(".")
    found: Overlay = getattr(import_module(f"explorer.jobs.overlays.{module}"), constant)
    return found

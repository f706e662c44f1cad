"""Every overlay, in the order of the menus. A new one is one file, and one entry here."""

from explorer.jobs.overlays.axis_strips import AXIS_STRIPS
from explorer.jobs.overlays.class_gaussians import CLASS_GAUSSIANS
from explorer.jobs.overlays.contours import CLASS_CONTOURS, CONTOURS
from explorer.jobs.overlays.drawn_at_once import CLASS_NAMES, PRIOR, WORDS
from explorer.jobs.overlays.drift import DRIFT
from explorer.jobs.overlays.manifold import MANIFOLD
from explorer.jobs.overlays.off_manifold import OFF_MANIFOLD
from explorer.jobs.overlays.overlay import Overlay
from explorer.jobs.overlays.posteriors import ALL_POSTERIORS, POSTERIOR
from explorer.jobs.overlays.prior_manifold import PRIOR_MANIFOLD
from explorer.jobs.overlays.regions import REGIONS
from explorer.jobs.overlays.thumbnails import THUMBNAILS
from explorer.jobs.overlays.true_posterior import TRUE_POSTERIOR

GROUPS: tuple[tuple[Overlay, ...], ...] = (
    (PRIOR, POSTERIOR, ALL_POSTERIORS, TRUE_POSTERIOR),
    (CLASS_GAUSSIANS, CONTOURS, CLASS_CONTOURS, AXIS_STRIPS, DRIFT),
    (MANIFOLD, PRIOR_MANIFOLD, REGIONS, OFF_MANIFOLD),
    (CLASS_NAMES, WORDS, THUMBNAILS),
)
"""Distributions, all codes together, what the model makes of places, and names and pictures of points."""
OVERLAYS: tuple[Overlay, ...] = tuple(overlay for group in GROUPS for overlay in group)

BY_NAME = {overlay.name: overlay for overlay in OVERLAYS}

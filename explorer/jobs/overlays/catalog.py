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

OVERLAYS: tuple[Overlay, ...] = (
    PRIOR,
    POSTERIOR,
    TRUE_POSTERIOR,
    ALL_POSTERIORS,
    CLASS_GAUSSIANS,
    CONTOURS,
    CLASS_CONTOURS,
    AXIS_STRIPS,
    CLASS_NAMES,
    WORDS,
    MANIFOLD,
    PRIOR_MANIFOLD,
    REGIONS,
    OFF_MANIFOLD,
    THUMBNAILS,
    DRIFT,
)

BY_NAME = {overlay.name: overlay for overlay in OVERLAYS}

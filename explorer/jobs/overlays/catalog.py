"""Every overlay, in the order of the menus. A new one is one file, and one entry here."""

from explorer.jobs.overlays.drawn_at_once import CLASS_NAMES, POSTERIOR, PRIOR, WORDS
from explorer.jobs.overlays.off_manifold import OFF_MANIFOLD
from explorer.jobs.overlays.overlay import Overlay

OVERLAYS: tuple[Overlay, ...] = (PRIOR, POSTERIOR, CLASS_NAMES, WORDS, OFF_MANIFOLD)

BY_NAME = {overlay.name: overlay for overlay in OVERLAYS}

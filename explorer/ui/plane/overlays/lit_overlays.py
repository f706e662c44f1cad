"""Highlights overlays that the mouse points at, in the formula or on the plane; marks their symbols in the formula."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, Signal, Slot

from explorer.jobs.overlays.catalog import NAMES
from explorer.latent.plane.overlay_parts import Lines
from explorer.ui.plane.overlays.overlay_item import OverlayItem
from explorer.ui.plane.plot.plot_area import PlotArea
from explorer.ui.plane.points.pane_codes import PaneCodes
from explorer.ui.services.probing import Probing

FADED = 0.25
"""Opacity of the other overlays while the mouse points at one in the formula."""
POINTED = ("posterior", "true_posterior", "prior_rings")
"""Overlays that have a symbol in the formula."""
REACH = 4.0
"""Distance from a line within which the mouse points at it, in pixels at scale 1."""


class LitOverlays(QObject):
    """Tracks which overlays of one plane are lit; ``item_of`` returns the item of a shown overlay.

    Signals
    -------
    changed
        Other overlays are lit.
    """

    changed = Signal()

    def __init__(
        self,
        plot: PlotArea,
        codes: PaneCodes,
        probing: Probing,
        item_of: Callable[[str], OverlayItem | None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._plot, self._codes, self._probing, self._item_of = plot, codes, probing, item_of
        self._is_pointing = False  # whether the mouse is at a line of this plane
        self._on_plane = False
        self.names: frozenset[str] = frozenset()
        probing.lit_changed.connect(self._on_lit)

    def apply_to(self, item: OverlayItem, name: str) -> None:
        """Emphasize the item of a lit overlay; fade the others if the mouse points at the formula."""
        is_lit = name in self.names
        # If the mouse is at the thing itself, nothing else fades, here or on another plane of the run.
        item.setOpacity(FADED if self.names and not is_lit and not self._on_plane else 1.0)
        item.set_emphasis(is_lit)

    def point_at(self, pixel: QPointF | None) -> None:
        """Light the overlay whose line is at a pixel; None for no pixel."""
        name = "" if pixel is None else self._line_at(pixel)
        # Clear only what this plane has lit: the mouse may already point at the formula.
        if name or self._is_pointing:
            self._is_pointing = bool(name)
            self._probing.light(self._codes.key, frozenset({name} if name else ()), on_plane=bool(name))

    @Slot()
    def _on_lit(self) -> None:
        key, things = self._probing.lit
        run = self._codes.run
        names = things & frozenset(NAMES) if run is not None and run.key == key else frozenset[str]()
        on_plane = self._probing.lit_on_plane
        if (names, on_plane) != (self.names, self._on_plane):
            self.names, self._on_plane = names, on_plane
            self.changed.emit()

    def _line_at(self, pixel: QPointF) -> str:
        point, size = self._plot.camera.point_at(pixel), self._plot.camera.pixel_size()
        reach = REACH * self._plot.themes.scale
        for name in POINTED:
            item = self._item_of(name)
            parts = () if item is None else (*item.parts, *item.drawn)
            paths = [path for part in parts if isinstance(part, Lines) for path in part.paths]
            # Measure in pixels, as the axes may have very different scales.
            if any(distance_to_line((np.asarray(path) - point) / size) <= reach for path in paths):
                return name
        return ""


def distance_to_line(path: NDArray[np.float64]) -> float:
    """Return the distance of the origin from a line through points ``(n, 2)``; infinite without points."""
    if len(path) < 2:
        return float(np.hypot(*path[0])) if len(path) else np.inf
    start, along = path[:-1], np.diff(path, axis=0)
    # Consecutive equal points have no direction; use the distance to the first.
    squares = np.maximum((along**2).sum(axis=1), 1e-12)
    share = np.clip(-(start * along).sum(axis=1) / squares, 0, 1)
    return float(np.sqrt(((start + share[:, None] * along) ** 2).sum(axis=1).min()))

"""Keeps the marks of a plane up to date: probe, path, selection, hovered point, selection box."""

from dataclasses import replace

from PySide6.QtCore import QObject, Slot

from explorer.latent.plane.box import Box
from explorer.ui.plane.overlays.cursor_marks import CursorMarks, CursorMarksItem
from explorer.ui.plane.overlays.marks_of_view import marks_of
from explorer.ui.plane.plot.plot_area import PlotArea
from explorer.ui.plane.points.pane_codes import PaneCodes
from explorer.ui.services.app_state import AppState

OVER_OVERLAYS = 2
"""z value of the marks, above that of the overlays; the points have 0."""


class CursorLayer(QObject):
    """Draws the marks of one plane, from the View and the mouse.

    Attributes
    ----------
    hovered
        The row under the cursor.
    box
        The selection box while it is drawn.
    """

    def __init__(self, plot: PlotArea, codes: PaneCodes, state: AppState) -> None:
        super().__init__(plot)
        self._themes, self._codes = plot.themes, codes
        self._probing = state.probing
        self.hovered: int | None = None
        self.box: Box | None = None
        self.item = CursorMarksItem(plot.themes.theme, plot.themes.scale)
        self.item.setZValue(OVER_OVERLAYS)
        plot.view_box.addItem(self.item, ignoreBounds=True)
        state.probing.marked_changed.connect(self.refresh)
        state.probing.hovered_changed.connect(self._ring_hovered_elsewhere)

    @property
    def marks(self) -> CursorMarks:
        """The marks as they are drawn."""
        return self.item.marks

    @Slot()
    def refresh(self) -> None:
        """Recompute and redraw the marks."""
        codes = self._codes
        if codes.projected is None:
            return
        # The row may be gone: a training has replaced the codes since the mouse moved.
        hovered = None if codes.place_of_row(self.hovered) is None else self.hovered
        corrupted = self._probing.marked.get(codes.key)
        marks = marks_of(
            codes.view, codes.key, codes.projected, same_data=True, hovered=hovered, box=self.box, corrupted=corrupted
        )
        self._show(marks)

    def set_hovered(self, row: int | None) -> None:
        """Ring the point of a row."""
        self.hovered = row
        self.refresh()

    def set_box(self, box: Box | None) -> None:
        """Draw a selection box."""
        self.box = box
        self.refresh()

    def apply_theme(self) -> None:
        """Take the theme's colours and text size."""
        self.item.set_look(self._themes.theme, self._themes.scale)

    @Slot()
    def _ring_hovered_elsewhere(self) -> None:
        """Ring the sample hovered on another plane; leave all other marks unchanged."""
        self._show(self.marks)

    def _show(self, marks: CursorMarks) -> None:
        # The plane under the cursor rings its own point already.
        elsewhere = self._codes.place_hovered_elsewhere if self.hovered is None else None
        self.item.show_marks(replace(marks, hovered_elsewhere=elsewhere))

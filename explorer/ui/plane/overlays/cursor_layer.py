"""The marks over a plane's points: the probe, the path, the selection, the hovered point, the box being drawn."""

from dataclasses import replace

from PySide6.QtCore import QObject, Slot

from explorer.latent.plane.box import Box
from explorer.ui.plane.overlays.cursor_marks import CursorMarks, CursorMarksItem
from explorer.ui.plane.overlays.marks_of_view import marks_of
from explorer.ui.plane.plot.plot_area import PlotArea
from explorer.ui.plane.points.pane_codes import PaneCodes
from explorer.ui.services.app_state import AppState

OVER_OVERLAYS = 2
"""Stacking order of the marks; the points are at 0."""


class CursorLayer(QObject):
    """Draws the marks of one plane, as the View and the mouse have them.

    Attributes
    ----------
    hovered
        The row under the cursor.
    box
        The selection box that is being drawn.
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
        """What is marked."""
        return self.item.marks

    @Slot()
    def refresh(self) -> None:
        """Draw the marks anew."""
        codes = self._codes
        if codes.projected is None:
            return
        hovered = None if codes.place_of_row(self.hovered) is None else self.hovered
        spoiled = self._probing.marked.get(codes.key)
        marks = marks_of(
            codes.view, codes.key, codes.projected, same_data=True, hovered=hovered, box=self.box, spoiled=spoiled
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

    def redress(self) -> None:
        """Take the theme's colours and text size."""
        self.item.set_look(self._themes.theme, self._themes.scale)

    @Slot()
    def _ring_hovered_elsewhere(self) -> None:
        """Ring the sample that is under the cursor on another plane; all other marks stay as they are drawn."""
        self._show(self.marks)

    def _show(self, marks: CursorMarks) -> None:
        elsewhere = self._codes.place_hovered_elsewhere if self.hovered is None else None
        self.item.show_marks(replace(marks, hovered_elsewhere=elsewhere))

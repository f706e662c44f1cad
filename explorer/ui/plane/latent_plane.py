"""A run's codes on a plane: points, marks, overlays, and the hand on them."""

from PySide6.QtCore import QEvent, QPointF, Qt, Slot
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QHelpEvent
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.jobs.plane.scene import base_code
from explorer.session import Pane, Probe, View
from explorer.ui.plane.input.hover import Hover
from explorer.ui.plane.input.mouse_input import WORDS, MouseInput
from explorer.ui.plane.input.plane_menu import PlaneMenu
from explorer.ui.plane.plane_drawing import PlaneDrawing
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.saving import PICTURE_KINDS, ask_path, item_as_bytes, write_bytes

PICK_PIXELS = 6
"""At scale 1; a point this near to the hand is ringed, and a click picks it."""


class LatentPlane(PlaneDrawing):
    """Draws one pane's plane and takes the hand's input.

    Its `show_view` is called with every View; codes come by the store's signals, which move points in place.
    """

    def __init__(self, state: AppState, themes: ThemeSource, pane: Pane, parent: QWidget | None = None) -> None:
        super().__init__(state, themes, pane, parent)
        self._number = 1
        self.hand, self.hover = MouseInput(self), Hover(self)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setAccessibleDescription(WORDS)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.view_moved.connect(self._show_axes)
        themes.changed.connect(self._redress)
        state.store.plane_changed.connect(self._on_plane)
        state.store.opened.connect(self._on_opened)
        state.store.details_changed.connect(self._on_run)
        state.store.weights_changed.connect(self._on_run)
        state.priors.changed.connect(self._on_prior)
        state.probing.marked_changed.connect(self._on_codes_marked)
        state.probing.hovered_changed.connect(self.ring_elsewhere)
        self._redress()
        self.show_pane(pane)

    # What is shown

    def set_number(self, number: int) -> None:
        """Say which pane from the left this is, counted from 1."""
        self._number = number
        self.setObjectName(f"latent_plane_{number}")

    def show_pane(self, pane: Pane) -> None:
        """Show another run, or others of its dimensions, fitted."""
        self.hover.clear()
        if pane.run != self._pane.run:
            self.asked_overlays.clear()
        self._pane = pane
        self._hovered = None
        self._take_codes()
        self.refit()

    def show_view(self, old: View, new: View) -> None:
        """Draw what differs."""
        if old.mode != new.mode:
            self.refresh_cursor()
        super().show_view(old, new)

    def refresh_cursor(self) -> None:
        """Show by the cursor what a press would do."""
        if self.hand.grasps:
            shape = Qt.CursorShape.ClosedHandCursor if self.hand.busy else Qt.CursorShape.OpenHandCursor
        else:
            picks = self._hovered is not None and not self.hand.busy
            shape = Qt.CursorShape.PointingHandCursor if picks else Qt.CursorShape.CrossCursor
        self.viewport().setCursor(shape)

    def set_hovered(self, row: int | None) -> None:
        """Ring the point under the hand."""
        self._hovered = row
        self.asked_overlays.set_front(row)
        self.refresh_marks()
        self.refresh_cursor()
        sample = None if row is None or self.placed is None else self.placed.codes.sample_of(row)
        self.state.probing.hover_sample(self.key, sample)

    @Slot()
    def save_picture(self) -> None:
        """Ask where to, and save the plane as PNG or SVG."""
        name = self.run.name if self.run is not None else "plane"
        path = ask_path(self, "Save plane", f"{name}-plane.png", PICTURE_KINDS)
        if path is not None:
            data = item_as_bytes(self.getPlotItem(), path.suffix)
            self.state.tasks.save(path, lambda _: write_bytes(path, data))

    # Where things are

    def row_at(self, at: QPointF) -> int | None:
        """Return the row of the point at a pixel, or None."""
        across, up = self.pixel_size()
        reach = PICK_PIXELS * self.themes.scale
        return self.hit.at(*self.place_at(at), reach * across, reach * up)

    def code_at(self, at: QPointF) -> tuple[float, ...]:
        """Return the z of a pixel."""
        return self.code_of_place(self.place_at(at))

    def code_of_place(self, place: tuple[float, float]) -> tuple[float, ...]:
        """Return the z of a place; what the plane does not show stays as the probe has it."""
        base = base_code(self.view_here, self.key, self.here, same_data=True)
        return self.here.code_at(place, base)

    def viewportEvent(self, event: QEvent) -> bool:
        """Say whole what the lines in the corner have no room for."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = QPointF(event.pos()) - self.plot_rect().topLeft()
            QToolTip.showText(event.globalPos(), self.asked_overlays.notes.tip_at(at), self)
            return True
        return bool(super().viewportEvent(event))

    def activate(self) -> None:
        """Make this the pane that the panels speak of."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if self.state.session.view.active != self._number - 1:
            self.state.session.set_silent(active=self._number - 1)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Become the active pane by the Tab key too: the keys act on what is outlined."""
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.activate()

    def follow_sample(self) -> None:
        """Put the probe on the sample under the hand, else on the one nearest to the probe."""
        probe = self.state.session.view.probe
        row = self._hovered
        if row is None and self.placed is not None and probe is not None and probe.run == self.key:
            nearest = self.placed.codes.neighbours.nearest(probe.z)
            row = None if nearest is None else nearest.row
        if row is not None:
            sample = self.here.codes.sample_of(row)
            self.state.session.set(probe=Probe(self.key, self.here.code_of_row(row), sample))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done at this place."""
        self.activate()
        self.hover.clear()
        PlaneMenu(self, QPointF(event.pos())).popup(event.globalPos())

    # News

    @Slot(str)
    def _on_plane(self, key: str) -> None:
        if key != self.key:
            if self.state.session.view.colour_by == "reconstruction":
                self._colour()
            return
        was_empty = self.placed is None
        self._take_codes()
        if was_empty:
            self.refit()
        elif self.placed is not None:
            back = self._looks_back()
            self._follow(self.placed, trains=back or key in self.state.trainings.running, at_once=back)
            self._show_axes()

    def _looks_back(self) -> bool:
        """Whether a frame of the run's replay is shown: the next one may come soon."""
        return self.run is not None and self.run.shown_epoch is not None

    @Slot(str)
    def _on_opened(self, key: str) -> None:
        """Mark the samples here too: only once the active pane's run is open is it known whose they are."""
        if key != self.key and key == self.state.session.view.active_run:
            self._fade(None, self.state.session.view)
            self.refresh_marks()
            self._refresh_overlays()

    @Slot()
    def _on_codes_marked(self) -> None:
        self.refresh_marks()

    @Slot(str)
    def _on_prior(self, key: str) -> None:
        if key == self.key:
            self._refresh_overlays()

    @Slot(str)
    def _on_run(self, key: str) -> None:
        if key == self.key and self.placed is None:
            self._show_words()

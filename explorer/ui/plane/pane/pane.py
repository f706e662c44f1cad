"""A pane: the header of a run and its latent plane."""

from PySide6.QtCore import QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from explorer.jobs.queries.plane_questions import MeasureSeparability, separability_of
from explorer.jobs.workers.inference import Answer
from explorer.session import Pane, View
from explorer.ui.figures.figures_dialog import FiguresDialog
from explorer.ui.plane.latent_plane import LatentPlane, drawn_text
from explorer.ui.plane.pane.pane_header import PaneHeader
from explorer.ui.plane.pane.pane_lines import PaneLines
from explorer.ui.services.app_state import AppState
from explorer.ui.services.replay_state import status_text
from explorer.ui.state.live_question import LiveQuestion
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

SECONDS_BETWEEN_FIGURES = 1.0
"""Minimum seconds between measurements of the separability during training; the final one is always made."""
RADIUS, FRAME = 8, 2
"""Radius of a pane's corners and width of the line around the framed pane, in pixels at scale 1."""
FIGURE_MILLISECONDS = 300
"""Time that a frame of a replay must be shown before its separability is measured."""


class PlanePane(QFrame):
    """A rounded panel for one pane of the View. `PlanesArea` assigns the pane and passes each new View.

    Object names end in the pane's number, counted from 1 from the left: the panel is ``plane_pane_1``, its plane
    ``latent_plane_1``, its parts ``pane_name_1``, ``pane_figure_1``, ``pane_menu_1``; the second pane's end in ``_2``,
    and so on. The viewport of the active pane's plane, which takes the mouse, is also called ``latent_plane``.

    Signals
    -------
    head_dragged, head_dropped : QPoint
        The header is dragged to, or dropped at, a point of the screen.
    """

    head_dragged = Signal(QPoint)
    head_dropped = Signal(QPoint)

    def __init__(
        self, state: AppState, themes: ThemeSource, pane: Pane, number: int = 1, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._state, self._pane_verbs, self._store = state, state.panes, state.store
        self._session, self._trainings = state.session, state.trainings
        self._figures = state.figures
        self._marked = self._is_target = False
        self._pressed_at: QPoint | None = None  # where the header was pressed, in pixels of this widget
        self._dragging = False
        self._is_outdated = False  # its codes have changed while it was hidden
        self._separability = LiveQuestion(
            state.asker,
            self._on_separability,
            self._separability_question,
            rest=SECONDS_BETWEEN_FIGURES,
            follows_weights=False,
            parent=self,
        )
        self._figure_soon = QTimer(self, singleShot=True, interval=FIGURE_MILLISECONDS)
        self._figure_soon.timeout.connect(self._measure)
        self.header = PaneHeader(state, themes)
        self.plane = LatentPlane(state, themes, pane)
        self._column = QVBoxLayout(self)
        self._head = QVBoxLayout()
        self._lines = PaneLines(state, themes)
        self._head.addWidget(self.header)
        self._head.addWidget(self._lines)
        self._column.addLayout(self._head)
        self._column.addWidget(self.plane.plot, 1)
        self._connect()
        self.set_number(number)
        self._apply_theme()
        self._on_run(self.key)
        self._on_figures(self.key)
        self._on_plane(self.key)

    def _connect(self) -> None:
        state = self._state
        self.header.menu.triggered.connect(self._on_menu)
        self.header.enlarge_wanted.connect(self._enlarge)
        self.header.close_wanted.connect(self._close)
        self.header.fitted.connect(self._place_name)
        state.diagnoses.changed.connect(self._place_name)
        state.store.details_changed.connect(self._on_run)
        state.store.opened.connect(self._on_run)
        state.trainings.state_changed.connect(self._on_run)
        state.store.plane_changed.connect(self._on_plane)
        state.distances.measured.connect(self._on_distance)
        state.figures.changed.connect(self._on_figures)
        self._themes.changed.connect(self._apply_theme)

    @property
    def key(self) -> str:
        """The key of the shown run."""
        return self.plane.key

    def set_number(self, number: int) -> None:
        """Set the pane's number, counted from 1 from the left; it is part of the object names."""
        set_identity(self, f"plane_pane_{number}", accessible=f"Pane {number}")
        self._index = number - 1
        self.header.set_number(number)
        self._lines.set_number(number)
        self.plane.set_number(number)

    def show_pane(self, pane: Pane) -> None:
        """Show another run or other dimensions."""
        if pane == self.plane.pane:
            return
        other_run = pane.run != self.key
        self.plane.show_pane(pane)
        if other_run:
            self.header.show_figure(None)  # not the figure of the previous run until the next is measured
            self._on_run(self.key)
            self._on_figures(self.key)
            self._on_plane(self.key)

    def show_view(self, old: View, new: View) -> None:
        """Redraw what changed between two Views."""
        self.plane.show_view(old, new)
        if old.replay_epoch != new.replay_epoch:
            self._on_run(self.key)
        if (old.colour_by, old.active_run) != (new.colour_by, new.active_run):
            self._say_what_points_are()

    def set_marked(self, marked: bool) -> None:
        """Mark the pane as the active one."""
        if marked != self._marked:
            self._marked = marked
            self.update()

    def set_target(self, is_target: bool) -> None:
        """Mark the pane as the drop target of another pane's header."""
        if is_target != self._is_target:
            self._is_target = is_target
            self.update()

    def showEvent(self, event: QShowEvent) -> None:
        """Measure what has changed while the pane was hidden."""
        super().showEvent(event)
        if self._is_outdated:
            self._on_plane(self.key)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Become the active pane; a press on the header may begin a drag."""
        self.plane.activate()
        at = event.position().toPoint()
        if event.button() == Qt.MouseButton.LeftButton and self.header.geometry().contains(at):
            self._pressed_at = at
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the header once the mouse has moved far enough."""
        if self._pressed_at is None:
            return
        distance = (event.position().toPoint() - self._pressed_at).manhattanLength()
        if not self._dragging and distance >= QApplication.startDragDistance():
            self._dragging = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        if self._dragging:
            self.head_dragged.emit(event.globalPosition().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Drop the header."""
        dragged, self._dragging, self._pressed_at = self._dragging, False, None
        self.unsetCursor()
        if dragged:
            self.head_dropped.emit(event.globalPosition().toPoint())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Enlarge the pane on a double click on its header, or restore the others."""
        if self.header.geometry().contains(event.position().toPoint()):
            self._enlarge()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground of head and plane, with a line if the pane is active or the target of a drop."""
        theme, scale = self._themes.theme, self._themes.scale
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(QColor(theme.plane))
            framed = self._marked or self._is_target
            width = (1.5 if self._is_target else 1.0) * FRAME * scale if framed else 0.0
            painter.setPen(QPen(QColor(theme.accent), width) if framed else Qt.PenStyle.NoPen)
            radius, inset = RADIUS * scale - width / 2, width / 2
            painter.drawRoundedRect(self.rect().toRectF().adjusted(inset, inset, -inset, -inset), radius, radius)

    @Slot()
    def _place_name(self) -> None:
        """Move a long name to the line below the header, unless a notice is there."""
        below = self.header.lacks_room and not self._lines.notice.notices
        self.header.set_name_below(below)
        self._lines.show_name(self.header.name if below else "")

    @Slot()
    def _enlarge(self) -> None:
        self._pane_verbs.enlarge(self._index)

    @Slot()
    def _close(self) -> None:
        self._pane_verbs.close(self._index)

    @Slot(str)
    def _on_run(self, key: str) -> None:
        if key == self.key:
            run = self._store.runs.get(key)
            replayed = "" if run is None else status_text(run, self._session.view.replay_epoch)
            state = self._trainings.state(key)
            self.header.show_run(key, run, state.stage if state is not None else "", replayed)
            self._lines.show_run(key, run)

    @Slot(str)
    def _on_plane(self, key: str) -> None:
        run = self._store.runs.get(key)
        if key == self.key:
            self._say_what_points_are()
            self._lines.show_codes(None if run is None else run.plane)
        if key != self.key or run is None or run.plane is None:
            return
        self._is_outdated = self.isHidden()
        if self._is_outdated:  # measured when it is shown
            return
        if run.shown_epoch is not None:  # while scrubbing, the next frame arrives before a measurement ends
            self.header.show_figure(None)
            self._figure_soon.start()
            return
        # `refresh` keeps to the minimum interval; at rest, every new plane is measured.
        if key in self._trainings.running:
            self._separability.refresh()
        else:
            self._measure()

    @Slot()
    def _measure(self) -> None:
        if (question := self._separability_question()) is not None:
            self._separability.ask(question, supersedes=False)

    def _separability_question(self) -> MeasureSeparability | None:
        run = self._store.get(self.key)
        return None if run is None or run.plane is None else MeasureSeparability(self.key, run.plane)

    def _say_what_points_are(self) -> None:
        """Show what the points are if they are prior draws, and their colouring if it is not the chosen one."""
        run, found = self._store.runs.get(self.key), self.plane.points.colouring
        drawn = drawn_text(run.plane if run is not None else None)
        words = drawn or ("" if found is None or not found.note else f"Coloured {found.note}")
        self._lines.show_note(words)

    def _on_separability(self, answer: Answer) -> None:
        # The figure of the whole test split, if known, is better than that of the plane's sample.
        if self._figures.of(self.key) is None:
            self.header.show_figure(answer.value)

    @Slot(str)
    def _on_distance(self, key: str) -> None:
        if key == self.key:
            self.plane.cursor.refresh()  # the mark "no data here" needs the typical distance

    @Slot(str)
    def _on_figures(self, key: str) -> None:
        """Show the figure of the whole test split once it is known; the plane may show only a part of the split."""
        kept = self._figures.of(self.key)
        if key == self.key and kept is not None:
            self.header.show_figure(separability_of(kept.figures))

    @Slot(object)
    def _on_menu(self, action: object) -> None:
        # The menu handles its own entries; these need the pane's widgets.
        data = getattr(action, "data", str)()
        if data == "fit":
            self.plane.camera.fit()
        elif data == "save":
            self.plane.save_picture()
        elif data == "figures":
            FiguresDialog(self._state, self._themes, self.key, self.window()).show()

    @Slot()
    def _apply_theme(self) -> None:
        scale = self._themes.scale
        # So far inside the round corners, the square ones of the plot do not touch the line around the pane.
        inset, pad = round(RADIUS / 2 * scale), round(8 * scale)
        self._column.setContentsMargins(inset, 0, inset, inset)
        self._column.setSpacing(0)
        self._head.setContentsMargins(pad, round(2 * scale), pad - inset, 0)
        self._head.setSpacing(0)
        self.update()

"""All panes in view, side by side; and what is shown before there is one."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, Qt, Slot
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedLayout, QVBoxLayout, QWidget

from explorer.session import Pane, View
from explorer.ui.plane.pane.empty_state import NoRun
from explorer.ui.plane.pane.hint import HintLine
from explorer.ui.plane.pane.linked_views import LinkedViews
from explorer.ui.plane.pane.pane import PlanePane
from explorer.ui.plane.pane.plane_rows import row_lengths, rows_for
from explorer.ui.services.app_state import AppState
from explorer.ui.state.panes import other_data_words, shown_runs
from explorer.ui.theme.style_sheet import GAP
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.eliding_label import ElidingLabel
from explorer.ui.widgets.identity import set_identity


class PlanesArea(QWidget):
    """Holds one `PlanePane` per pane of the View: in a row up to two, then in two rows where they are high enough.

    Panes are kept when others come, go or move. Folders of runs that are dropped here are opened; a pane's head that is
    dropped on another pane changes places with it.
    """

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._state, self._session, self._probing = state, state.session, state.probing
        self._opener, self._store, self._pane_verbs = state.opener, state.store, state.panes
        set_identity(self, "planes_area", accessible="Latent planes")
        self.panes: list[PlanePane] = []
        self._rows = set_identity(QSplitter(Qt.Orientation.Vertical), "planes_rows", accessible="Rows of planes")
        self._rows.setChildrenCollapsible(False)
        self._rows.setHandleWidth(GAP)
        self._lines: list[QSplitter] = []
        self._lengths: list[int] = []
        self._links = LinkedViews(self)
        self._other_data = set_identity(ElidingLabel(), "other_data", accessible="Runs that are not linked")
        self._other_data.setProperty("role", "muted")
        self._other_data.hide()
        self._no_run = NoRun(state, themes)
        self._some = QWidget()
        self.hint = HintLine(state, themes)
        column = QVBoxLayout(self._some)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self._rows, 1)
        column.addWidget(self._other_data)
        column.addWidget(self.hint)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._no_run)
        self._stack.addWidget(self._some)
        self.setAcceptDrops(True)
        state.session.listen(self.show_view)
        for signal in (state.store.opened, state.store.closed):
            signal.connect(self._on_run)
        self.show_view(View(), state.session.view)

    @property
    def active_pane(self) -> PlanePane | None:
        """The pane that the panels speak of."""
        active = self._session.view.active
        return self.panes[active] if active < len(self.panes) else None

    def show_view(self, old: View, new: View) -> None:
        """Bring the panes in line with the View, then let each draw what differs."""
        held = self.focusWidget()  # before its pane goes, if it does
        in_pane = held is not None and held.hasFocus() and any(pane.isAncestorOf(held) for pane in self.panes)
        if [pane.plane.pane for pane in self.panes] != list(new.panes):
            self._arrange(new)
        self._show_enlarged(new)
        for number, pane in enumerate(self.panes):
            pane.set_marked(number == new.active and len(self.panes) > 1)
            pane.plane.plot.viewport().setObjectName("latent_plane" if number == new.active else "")
            pane.show_view(old, new)
        active = self.active_pane
        self._links.set_linked(new.linked, active.plane.camera if active is not None else None)
        if in_pane and self.active_pane is not None and (old.active, old.enlarged) != (new.active, new.enlarged):
            self._keep_focus(self.active_pane)
        self._stack.setCurrentWidget(self._some if self.panes else self._no_run)
        if old.panes != new.panes:
            self._show_other_data()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand in as many rows as leave the planes largest."""
        super().resizeEvent(event)
        if self._lengths != self._row_lengths():
            self._lay_out()

    @Slot()
    def fit(self) -> None:
        """Fit the active plane; when it is fitted already, all of them."""
        active = self.active_pane
        if active is not None and active.plane.camera.touched:
            active.plane.camera.fit()
        else:
            for pane in self.panes:
                pane.plane.camera.fit()

    @Slot()
    def random_z(self) -> None:
        """Move the probe to a random code of the active run."""
        if self.active_pane is not None:
            self._probing.probe_random(self.active_pane.key)

    @Slot()
    def save_picture(self) -> None:
        """Save the active plane as PNG or SVG."""
        if self.active_pane is not None:
            self.active_pane.plane.save_picture()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take folders of runs; anything else is for the window."""
        if runs_in(event.mimeData()):
            event.acceptProposedAction()
            self._no_run.set_marked(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Look as before."""
        self._no_run.set_marked(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the runs."""
        self._no_run.set_marked(False)
        for path in runs_in(event.mimeData()):
            self._opener.open(path)
        event.acceptProposedAction()

    def _arrange(self, view: View) -> None:
        wanted = [pane.identity for pane in view.panes]
        spare = [pane for pane in self.panes if pane.plane.pane.identity not in wanted]
        kept = {pane.plane.pane.identity: pane for pane in self.panes if pane not in spare}
        before, self.panes = self.panes, []
        for number, shown in enumerate(view.panes, start=1):
            pane = kept.get(shown.identity) or (spare.pop(0) if spare else None)
            if pane is None:
                pane = self._new_pane(shown, number)
            pane.set_number(number)
            pane.show_pane(shown)
            self.panes.append(pane)
        for pane in spare:
            pane.hide()
            pane.deleteLater()
        for pane in self.panes:
            pane.header.set_alone(len(self.panes) == 1)
        if before != self.panes:
            self._lay_out()
        self._links.set_cameras([pane.plane.camera for pane in self.panes])

    def _new_pane(self, shown: Pane, number: int) -> PlanePane:
        pane = PlanePane(self._state, self._themes, shown, number)
        pane.head_dragged.connect(self._on_head_dragged)
        pane.head_dropped.connect(self._on_head_dropped)
        return pane

    def _row_lengths(self) -> list[int]:
        count = len(self.panes)
        return row_lengths(count, rows_for(count, self._rows.width(), self._rows.height(), self._themes.scale))

    def _lay_out(self) -> None:
        """Put the panes into rows."""
        self._lengths = self._row_lengths()
        starts = [sum(self._lengths[:row]) for row in range(len(self._lengths))]
        rows = [self.panes[start : start + length] for start, length in zip(starts, self._lengths, strict=True)]
        while len(self._lines) < len(rows):
            line = set_identity(
                QSplitter(Qt.Orientation.Horizontal), f"planes_row_{len(self._lines) + 1}", accessible="Row"
            )
            line.setChildrenCollapsible(False)
            line.setHandleWidth(GAP)
            self._lines.append(line)
            self._rows.addWidget(line)
        for line, panes in zip(self._lines, [*rows, *[[]] * len(self._lines)], strict=False):
            for place, pane in enumerate(panes):
                if line.indexOf(pane) != place:
                    line.insertWidget(place, pane)
        self._show_enlarged(self._session.view)
        for line in self._lines:
            line.setSizes([10_000] * line.count())
        self._rows.setSizes([10_000] * self._rows.count())

    def _show_enlarged(self, view: View) -> None:
        """Show the active pane alone where it is enlarged, else all; those hidden keep their size for later."""
        enlarged = view.enlarged and len(self.panes) > 1
        for place, pane in enumerate(self.panes):
            pane.setVisible(not enlarged or place == view.active)
            pane.header.set_enlarged(enlarged)
        for line in self._lines:
            line.setVisible(any(pane.parent() is line and not pane.isHidden() for pane in self.panes))

    def _keep_focus(self, active: PlanePane) -> None:
        """Let the keys go on acting on what is outlined: F6 hides or leaves the pane that had them."""
        held = self.window().focusWidget()
        if held is None or not active.isAncestorOf(held):
            active.plane.plot.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_run(self) -> None:
        self._show_other_data()

    def _show_other_data(self) -> None:
        words = other_data_words(shown_runs(self._session.view, self._store.runs))
        self._other_data.setText(words)
        self._other_data.setToolTip(words)
        self._other_data.setVisible(bool(words))

    # A head that is dragged

    def _pane_at(self, at: QPoint) -> PlanePane | None:
        """Return the pane at a place of the screen."""
        return next((pane for pane in self.panes if pane.isVisible() and _holds(pane, at)), None)

    @Slot(QPoint)
    def _on_head_dragged(self, at: QPoint) -> None:
        below = self._pane_at(at)
        for pane in self.panes:
            pane.set_target(pane is below and pane is not self.sender())

    @Slot(QPoint)
    def _on_head_dropped(self, at: QPoint) -> None:
        dragged, below = self.sender(), self._pane_at(at)
        for pane in self.panes:
            pane.set_target(False)
        if isinstance(dragged, PlanePane) and dragged in self.panes and below is not None:
            self._pane_verbs.swap(self.panes.index(dragged), self.panes.index(below))


def _holds(pane: PlanePane, at: QPoint) -> bool:
    return pane.rect().contains(pane.mapFromGlobal(at))


def runs_in(mime: QMimeData) -> list[Path]:
    """Return the folders of runs among what is dragged: the folders themselves, or files in them."""
    found = []
    for url in mime.urls():
        path = Path(url.toLocalFile()) if url.isLocalFile() else None
        if path is not None and path.is_file() and path.name != "session.json":
            path = path.parent
        if path is not None and (path / "run.json").is_file():
            found.append(path)
    return list(dict.fromkeys(found))

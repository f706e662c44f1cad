"""The area of all panes: their arrangement in rows, and the panel shown without any."""

from math import ceil
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedLayout, QVBoxLayout, QWidget

from explorer.session import Pane, View
from explorer.ui.plane.pane.linked_views import LinkedViews
from explorer.ui.plane.pane.no_run import NoRun
from explorer.ui.plane.pane.pane import PlanePane
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.style_sheet import GAP
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

HEAD, SIDES = 38, 8
"""Height and width of a pane outside its plot, in pixels at scale 1."""
ONE_ROW_GAIN = 1.3
"""Factor by which planes must become larger for one row to replace two."""


def rows_for(count: int, width: float, height: float, scale: float = 1.0) -> int:
    """Return the number of rows for ``count`` panes in an area in pixels: one for up to two panes, else two.

    In a wide and low area, where two rows leave too little height, all panes form one row.
    """
    if count <= 2:
        return 1
    two, one = (_plane_side(count, rows, width, height, scale) for rows in (2, 1))
    return 1 if one > ONE_ROW_GAIN * max(two, 1.0) else 2


def row_lengths(count: int, rows: int) -> list[int]:
    """Return the number of panes in each row; upper rows are filled first."""
    per_row = ceil(count / max(rows, 1))
    return [min(per_row, count - start) for start in range(0, count, max(per_row, 1))]


def _plane_side(count: int, rows: int, width: float, height: float, scale: float) -> float:
    """Return the shorter side of the narrowest plane, in pixels."""
    return min(width / ceil(count / rows) - SIDES * scale, height / rows - HEAD * scale)


class PlanesArea(QWidget):
    """Holds a `PlanePane` for each pane of the View: up to two in a row, more in two rows if there is enough height.

    Widgets are reused when panes are added, removed or moved. Folders of runs dropped here are opened; dropping the
    header of a pane on another one swaps them.

    Signals
    -------
    rows_changed
        The number of rows changed.
    """

    rows_changed = Signal()

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
        self._alone = False  # there is room only for the active pane
        self._links = LinkedViews(self)
        self._no_run = NoRun(state, themes)
        self._some = QWidget()
        column = QVBoxLayout(self._some)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self._rows, 1)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._no_run)
        self._stack.addWidget(self._some)
        self.setAcceptDrops(True)
        state.session.listen(self.show_view)
        self.show_view(View(), state.session.view)

    @property
    def rows(self) -> int:
        """The number of visible rows of panes."""
        return 1 if self._session.view.enlarged else max(1, len(self._lengths))

    def show_alone(self, alone: bool) -> None:
        """Show only the active pane if there is no room for the others, or show all again."""
        if alone != self._alone:
            self._alone = alone
            self._show_enlarged(self._session.view)
            # Activate layouts now, the inner ones first: otherwise the area keeps the minimum width of all panes.
            for splitter in (*self._lines, self._rows):
                splitter.refresh()
                splitter.updateGeometry()
            for layout in (self._some.layout(), self._stack):
                if layout is not None:
                    layout.activate()

    @property
    def active_pane(self) -> PlanePane | None:
        """The active pane, which the panels describe; None without panes."""
        active = self._session.view.active
        return self.panes[active] if active < len(self.panes) else None

    def show_view(self, old: View, new: View) -> None:
        """Arrange the panes by the View, then pass it to each."""
        held = self.focusWidget()  # before its pane may be removed
        in_pane = held is not None and held.hasFocus() and any(pane.isAncestorOf(held) for pane in self.panes)
        if [pane.plane.pane for pane in self.panes] != list(new.panes):
            self._arrange(new)
        self._show_enlarged(new)
        for number, pane in enumerate(self.panes):
            pane.set_marked(number == new.active and len(self.panes) > 1)
            # A stable name for tests and screen readers, whichever pane is active.
            pane.plane.plot.viewport().setObjectName("latent_plane" if number == new.active else "")
            pane.show_view(old, new)
        active = self.active_pane
        self._links.set_state(new.linked, new.same_scale, active.plane if active is not None else None)
        if in_pane and self.active_pane is not None and (old.active, old.enlarged) != (new.active, new.enlarged):
            self._keep_focus(self.active_pane)
        self._stack.setCurrentWidget(self._some if self.panes else self._no_run)
        if old.enlarged != new.enlarged:
            self.rows_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Rearrange the panes if another number of rows fits better."""
        super().resizeEvent(event)
        if not self._alone and self._lengths != self._row_lengths():
            self._lay_out()

    @Slot()
    def fit(self) -> None:
        """Fit the active plane, or all planes if it is fitted already."""
        active = self.active_pane
        if active is not None and active.plane.camera.touched:
            active.plane.camera.fit()
        else:
            for pane in self.panes:
                pane.plane.camera.fit()

    def show_sample(self, sample: int) -> None:
        """Move the view of the active plane to a sample if that is outside."""
        if self.active_pane is not None:
            self.active_pane.plane.show_sample(sample)

    @Slot()
    def random_z(self) -> None:
        """Move the probe to a random code of the active run."""
        if self.active_pane is not None:
            self._probing.probe_random(self.active_pane.key)

    @Slot()
    def save_picture(self) -> None:
        """Save the active plane as PNG, SVG or PDF."""
        if self.active_pane is not None:
            self.active_pane.plane.save_picture()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept folders of runs; other files are handled by the window."""
        if runs_in(event.mimeData()):
            event.acceptProposedAction()
            self._no_run.set_marked(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Restore the usual text."""
        self._no_run.set_marked(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the dropped runs."""
        self._no_run.set_marked(False)
        for path in runs_in(event.mimeData()):
            self._opener.open_by_user(path)
        event.acceptProposedAction()

    def _arrange(self, view: View) -> None:
        wanted = [pane.identity for pane in view.panes]
        # Widgets whose pane is gone are reused for new panes: building a plot is slow.
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
        self._links.set_planes([pane.plane for pane in self.panes])

    def _new_pane(self, shown: Pane, number: int) -> PlanePane:
        pane = PlanePane(self._state, self._themes, shown, number)
        pane.head_dragged.connect(self._on_head_dragged)
        pane.head_dropped.connect(self._on_head_dropped)
        return pane

    def _row_lengths(self) -> list[int]:
        count = len(self.panes)
        return row_lengths(count, rows_for(count, self._rows.width(), self._rows.height(), self._themes.scale))

    def _lay_out(self) -> None:
        """Distribute the panes over the rows' splitters."""
        rows_before, self._lengths = self.rows, self._row_lengths()
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
            for index, pane in enumerate(panes):
                # Panes already in position are left alone: their planes are neither hidden nor refreshed.
                if line.indexOf(pane) != index:
                    line.insertWidget(index, pane)
        self._show_enlarged(self._session.view)
        for line in self._lines:
            # Equal large numbers: QSplitter scales them to equal widths.
            line.setSizes([10_000] * line.count())
        self._rows.setSizes([10_000] * self._rows.count())
        if rows_before != self.rows:
            self.rows_changed.emit()

    def _show_enlarged(self, view: View) -> None:
        """Show the active pane alone if there is no room or it is enlarged. Hidden panes keep their size."""
        alone = (view.enlarged or self._alone) and len(self.panes) > 1
        for index, pane in enumerate(self.panes):
            pane.setVisible(not alone or index == view.active)
            pane.header.set_enlarged(alone and not self._alone)
        for line in self._lines:
            line.setVisible(any(pane.parent() is line and not pane.isHidden() for pane in self.panes))
            line.refresh()  # otherwise the handle beside a hidden pane keeps its room until the next event

    def _keep_focus(self, active: PlanePane) -> None:
        """Move the focus to the active plane, so that keys act on the outlined pane, also after F6."""
        held = self.window().focusWidget()
        if held is None or not active.isAncestorOf(held):
            active.plane.plot.setFocus(Qt.FocusReason.OtherFocusReason)

    # Dragging a header

    def _pane_at(self, at: QPoint) -> PlanePane | None:
        """Return the pane at a point of the screen, or None."""
        return next((pane for pane in self.panes if pane.isVisible() and _holds(pane, at)), None)

    @Slot(QPoint)
    def _on_head_dragged(self, at: QPoint) -> None:
        below = self._pane_at(at)
        for pane in self.panes:
            # A pane cannot be swapped with itself.
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
    """Return the folders of runs among dragged files; a file in such a folder counts too."""
    found = []
    for url in mime.urls():
        path = Path(url.toLocalFile()) if url.isLocalFile() else None
        if path is not None and path.is_file() and path.name != "session.json":
            path = path.parent
        if path is not None and (path / "run.json").is_file():
            found.append(path)
    # Several files of one folder open it once.
    return list(dict.fromkeys(found))

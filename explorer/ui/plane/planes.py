"""All panes in view, side by side; and what is shown before there is one."""

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, Slot
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QSplitter, QStackedLayout, QVBoxLayout, QWidget

from explorer.session import View
from explorer.ui.named import named
from explorer.ui.plane.hint import HintLine
from explorer.ui.plane.no_run import NoRun
from explorer.ui.plane.pane import PlanePane
from explorer.ui.style_sheet import GAP
from explorer.ui.theme import ThemeSource
from explorer.ui.workbench import Workbench

MOST_PANES = 4
"""A run dropped on so many takes the place of the active one."""


class PlanesArea(QWidget):
    """Holds one `PlanePane` per pane of the View: in a row up to two, then in two rows.

    Panes are kept when others come, go or move. Folders of runs that are dropped here are opened.
    """

    def __init__(self, bench: Workbench, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench, self._themes = bench, themes
        named(self, "planes_area", accessible="Latent planes")
        self.panes: list[PlanePane] = []
        self._rows = named(QSplitter(Qt.Orientation.Vertical), "planes_rows", accessible="Rows of planes")
        self._rows.setChildrenCollapsible(False)
        self._rows.setHandleWidth(GAP)
        self._lines: list[QSplitter] = []
        self._no_run = NoRun(bench, themes)
        self._some = QWidget()
        self.hint = HintLine(bench, themes)
        column = QVBoxLayout(self._some)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self._rows, 1)
        column.addWidget(self.hint)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._no_run)
        self._stack.addWidget(self._some)
        self.setAcceptDrops(True)
        bench.session.listen(self.show_view)
        self.show_view(View(), bench.session.view)

    @property
    def active_pane(self) -> PlanePane | None:
        """The pane that the panels speak of."""
        active = self._bench.session.view.active
        return self.panes[active] if active < len(self.panes) else None

    def show_view(self, old: View, new: View) -> None:
        """Bring the panes in line with the View, then let each draw what differs."""
        if [pane.plane.pane for pane in self.panes] != list(new.panes):
            self._arrange(new)
        for number, pane in enumerate(self.panes):
            pane.set_marked(number == new.active and len(self.panes) > 1)
            pane.plane.viewport().setObjectName("latent_plane" if number == new.active else "")
            pane.show_view(old, new)
        self._stack.setCurrentWidget(self._some if self.panes else self._no_run)

    @Slot()
    def fit(self) -> None:
        """Fit the active plane; when it is fitted already, all of them."""
        active = self.active_pane
        if active is not None and active.plane.touched:
            active.plane.fit()
        else:
            for pane in self.panes:
                pane.plane.fit()

    @Slot()
    def random_z(self) -> None:
        """Move the probe to a random code of the active run."""
        if self.active_pane is not None:
            self._bench.probe_random(self.active_pane.key)

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
            full = len(self.panes) >= MOST_PANES
            self._bench.open_run(path, pane=self._bench.session.view.active if full else None)
        event.acceptProposedAction()

    def _arrange(self, view: View) -> None:
        wanted = [pane.run for pane in view.panes]
        spare = [pane for pane in self.panes if pane.key not in wanted]
        by_run = {pane.key: pane for pane in self.panes if pane.key in wanted}
        before, self.panes = self.panes, []
        for number, shown in enumerate(view.panes, start=1):
            pane = by_run.get(shown.run) or (spare.pop(0) if spare else None)
            if pane is None:
                pane = PlanePane(self._bench, self._themes, shown, number)
            pane.set_number(number)
            pane.show_pane(shown)
            self.panes.append(pane)
        for pane in spare:
            pane.hide()
            pane.deleteLater()
        if before != self.panes:
            self._lay_out()

    def _lay_out(self) -> None:
        """Put the panes into rows: two per row from three on."""
        per_row = len(self.panes) if len(self.panes) <= 2 else (len(self.panes) + 1) // 2
        rows = [self.panes[start : start + per_row] for start in range(0, len(self.panes), max(per_row, 1))]
        while len(self._lines) < len(rows):
            line = named(QSplitter(Qt.Orientation.Horizontal), f"planes_row_{len(self._lines) + 1}", accessible="Row")
            line.setChildrenCollapsible(False)
            line.setHandleWidth(GAP)
            self._lines.append(line)
            self._rows.addWidget(line)
        for line, panes in zip(self._lines, [*rows, *[[]] * len(self._lines)], strict=False):
            for place, pane in enumerate(panes):
                if line.indexOf(pane) != place:
                    line.insertWidget(place, pane)
                pane.show()
            line.setVisible(bool(panes))
            line.setSizes([10_000] * line.count())
        self._rows.setSizes([10_000] * self._rows.count())


def runs_in(mime: QMimeData) -> list[Path]:
    """Give the folders of runs among what is dragged: the folders themselves, or files in them."""
    found = []
    for url in mime.urls():
        path = Path(url.toLocalFile()) if url.isLocalFile() else None
        if path is not None and path.is_file() and path.name != "session.json":
            path = path.parent
        if path is not None and (path / "run.json").is_file():
            found.append(path)
    return list(dict.fromkeys(found))

"""The left column of the window: the form of the next run, the runs, a hint; and the rail that it folds to."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QSplitter, QToolButton, QVBoxLayout, QWidget

from explorer.ui.app.hint_card import HintCard
from explorer.ui.run_list.run_list import RunList
from explorer.ui.theme.icons import icon
from explorer.ui.theme.style_sheet import GAP
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

RAIL = 40
"""Width of the rail in pixels at text scale 1."""


class Rail(QFrame):
    """The folded left column: a button that unfolds it."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        set_identity(self, "rail", accessible="Folded column").setProperty("panel", "true")
        self.unfold = set_identity(QToolButton(), "rail_unfold", "Show the form and the runs (Ctrl+1)", "Show form")
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 8, 4, 8)
        column.addWidget(self.unfold, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    @Slot()
    def _apply_theme(self) -> None:
        pixels = round(16 * self._themes.scale)
        self.unfold.setIcon(icon("settings", self._themes.theme))
        self.unfold.setIconSize(QSize(pixels, pixels))
        self.setFixedWidth(round(RAIL * self._themes.scale))


MIN_RUNS, BRIEF_HINT = 3, 600
"""Rows that the form leaves to the list of runs, and the height of the column below which the hint is brief."""


class LeftColumn(QFrame):
    """One card: the form of the next run, the runs, and a hint at the foot, whose removal moves no plane.

    The form gets the height of its fields, the runs the rest, until the user moves their border.
    """

    def __init__(self, form: QWidget, runs: RunList, hints: HintCard, themes: ThemeSource) -> None:
        super().__init__()
        set_identity(self, "left_column", accessible="New run and runs").setProperty("panel", "true")
        splitter = set_identity(QSplitter(Qt.Orientation.Vertical), "left_splitter", accessible="Form and runs")
        # A panel collapsed by a drag would be hard to find again.
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(GAP)
        for part, share in ((form, 0), (runs, 1)):
            splitter.addWidget(part)
            splitter.setStretchFactor(splitter.indexOf(part), share)
        self._splitter, self._form, self._runs, self._moved = splitter, form, runs, False
        self._hints, self._themes = hints, themes
        self._height, self._tried = 0, list[list[int]]()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(splitter, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(GAP, 0, GAP, GAP)
        foot.addWidget(hints)
        column.addLayout(foot)
        splitter.splitterMoved.connect(self._on_moved)
        splitter.installEventFilter(self)
        themes.changed.connect(self._fit_hint)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make the hint brief in a low column."""
        super().resizeEvent(event)
        self._fit_hint()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Divide the height again when the hint comes or goes, and when the form has other fields."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest) and not self._moved:
            height = self._splitter.height()
            # The form never pushes the list of runs out of view.
            min_runs = max(self._runs.height_of(MIN_RUNS), self._runs.minimumSizeHint().height())
            form = min(self._form.sizeHint().height(), height - min_runs - GAP)
            wanted = [max(1, form), max(1, height - GAP - form)]
            # Each division of a height is tried once: minimum sizes may forbid it, or the form may change with it, and
            # each try asks for another layout.
            if height != self._height:
                self._height, self._tried = height, []
            if wanted not in self._tried:
                self._tried.append(wanted)
                self._splitter.setSizes(wanted)
        return False

    @Slot()
    def _fit_hint(self) -> None:
        self._hints.set_brief(self.height() < BRIEF_HINT * self._themes.scale)

    @Slot()
    def _on_moved(self) -> None:
        self._moved = True

"""The lines between a pane's head and its plane: what the points are, and what is wrong with the run."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.ui.eliding_label import ElidingLabel
from explorer.ui.named import named
from explorer.ui.plane.notice_line import NoticeLine
from explorer.ui.theme import ThemeSource
from explorer.ui.workbench import Workbench


class PaneLines(QWidget):
    """Takes no room where there is nothing to say."""

    def __init__(self, bench: Workbench, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._note = ElidingLabel()
        self._note.setProperty("role", "muted")
        self._note.hide()
        self.notice = NoticeLine(bench, themes)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._note)
        column.addWidget(self.notice)
        bench.diagnoses.changed.connect(self._fit)
        self._fit()

    def set_number(self, number: int) -> None:
        """Name the lines after their pane, counted from 1."""
        named(self._note, f"pane_note_{number}", accessible="What the points are")
        self.notice.set_number(number)

    def show_note(self, words: str) -> None:
        """Say what the points are; nothing for ""."""
        self._note.setText(words)
        self._note.setToolTip(words)  # whole, where one line has no room for it
        self._note.setVisible(bool(words))
        self._fit()

    def show_run(self, key: str) -> None:
        """Speak of another run."""
        self.notice.show_run(key)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        """Leave no gap where there is nothing to say."""
        self.setVisible(not (self._note.isHidden() and self.notice.isHidden()))

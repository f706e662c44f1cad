"""The lines between a pane's head and its plane: what the points are, and what is wrong with the run."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.ui.plane.pane.notice_line import NoticeLine
from explorer.ui.plane.pane.pane_header import PaneHeader
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.eliding_label import ElidingLabel
from explorer.ui.widgets.identity import set_identity


class PaneLines(QWidget):
    """Takes no room where there is nothing to say."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._note = ElidingLabel()
        self._note.setProperty("role", "muted")
        self._note.hide()
        self.notice = NoticeLine(state, themes)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._note)
        column.addWidget(self.notice)
        state.diagnoses.changed.connect(self._fit)
        self._fit()

    def set_number(self, number: int) -> None:
        """Name the lines after their pane, counted from 1."""
        set_identity(self._note, f"pane_note_{number}", accessible="What the points are")
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
        has_notice = not self.notice.isHidden() and not self.notice.folded
        self.setVisible(has_notice or not self._note.isHidden())

    def take_back(self) -> None:
        """Hold the notice again, which stood in the pane's head."""
        self._column.addWidget(self.notice)
        self.notice.set_folded(False)
        self._fit()

    def lend_to(self, header: PaneHeader) -> None:
        """Let the notice stand in the pane's head."""
        header.hold(self.notice)
        self.notice.set_folded(True)
        self._fit()

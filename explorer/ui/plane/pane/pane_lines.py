"""The lines between a pane's header and its plane: a note on the points, and the notices of the run."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.ui.plane.pane.notice_line import NoticeLine
from explorer.ui.plane.pane.pane_header import PaneHeader
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.eliding_label import ElidingLabel
from explorer.ui.widgets.identity import set_identity


class PaneLines(QWidget):
    """Shows the note and the notice line; takes no room if both are empty."""

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
        """Set the pane's number, counted from 1; it is part of the object names."""
        set_identity(self._note, f"pane_note_{number}", accessible="What the points are")
        self.notice.set_number(number)

    def show_note(self, words: str) -> None:
        """Show a note on the points; hide it for ""."""
        self._note.setText(words)
        self._note.setToolTip(words)  # the line may be elided
        self._note.setVisible(bool(words))
        self._fit()

    def show_run(self, key: str) -> None:
        """Show the notices of another run."""
        self.notice.show_run(key)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        """Hide this widget if both lines are empty: the layout would leave its spacing."""
        has_notice = not self.notice.isHidden() and not self.notice.folded
        self.setVisible(has_notice or not self._note.isHidden())

    def take_back(self) -> None:
        """Take the notice line back from the header and unfold it."""
        self._column.addWidget(self.notice)
        self.notice.set_folded(False)
        self._fit()

    def lend_to(self, header: PaneHeader) -> None:
        """Fold the notice line into the header."""
        header.hold(self.notice)
        self.notice.set_folded(True)
        self._fit()

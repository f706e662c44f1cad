"""A quiet word on the file that was just written."""

from pathlib import Path

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from explorer.ui.state.tasks import Tasks
from explorer.ui.widgets.eliding_label import ElidingLabel
from explorer.ui.widgets.identity import set_identity

SHOWN_MILLISECONDS = 4000


class SavedNote(QWidget):
    """Says "Saved NAME" for a while after a file is written, then nothing."""

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "saved_note", accessible="Saved files")
        self._label = ElidingLabel()
        self._label.setProperty("role", "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._label)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.hide()
        self._end = QTimer(self, singleShot=True, interval=SHOWN_MILLISECONDS)
        self._end.timeout.connect(self._put_away)
        tasks.saved.connect(self._on_saved)

    @Slot(str)
    def _on_saved(self, path: str) -> None:
        text = f"Saved {Path(path).name}"
        self._label.setText(text)
        self.setToolTip(path)
        self.setAccessibleName(text)  # screen readers say a name that changes
        self.show()
        self._end.start()

    @Slot()
    def _put_away(self) -> None:
        self.hide()

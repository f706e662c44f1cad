"""A short note about the file that was just written."""

from pathlib import Path

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from explorer.ui.state.tasks import Tasks
from explorer.ui.widgets.eliding_label import ElidingLabel
from explorer.ui.widgets.identity import set_identity

# Long enough to read a file name.
SHOWN_MILLISECONDS = 4000


class SavedNote(QWidget):
    """Shows "Saved NAME" for `SHOWN_MILLISECONDS` after a file was written."""

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
        self._end.timeout.connect(self._clear)
        tasks.saved.connect(self._on_saved)

    @Slot(str)
    def _on_saved(self, path: str) -> None:
        text = f"Saved {Path(path).name}"
        self._label.setText(text)
        self.setToolTip(path)
        self.setAccessibleName(text)  # screen readers announce a changed name
        self.show()
        # Restarted by each file.
        self._end.start()

    @Slot()
    def _clear(self) -> None:
        self.hide()

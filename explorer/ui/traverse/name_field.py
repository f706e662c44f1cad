"""The field in which a latent dimension is named, in the place of its name in the table."""

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from explorer.runs.dimension_names import MAX_LETTERS
from explorer.ui.widgets.identity import set_identity


class NameField(QLineEdit):
    """Opens for one dimension. Enter, or a loss of the focus, takes the name; Esc leaves the one before.

    Signals
    -------
    named : int, str
        The index of the dimension, and its new name.
    ended
        The field was closed.
    """

    named = Signal(int, str)
    ended = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        set_identity(self, "traverse_name", "Name of the dimension (Enter)", "Name")
        self.setMaxLength(MAX_LETTERS)
        self.setProperty("kind", "cell")
        self.hide()
        self._before = ""
        self._index = -1
        self.editingFinished.connect(self._on_finished)

    def open(self, index: int, name: str, area: QRectF) -> None:
        """Edit the name of a dimension, in an area of the parent."""
        self._index, self._before = index, name
        # Rows of pictures are higher than a line of text, and rows of a crowded table are lower.
        height = min(area.height(), self.sizeHint().height())
        self.setText(name)
        self.setGeometry(QRectF(area.left(), area.center().y() - height / 2, area.width(), height).toRect())
        self.show()
        # The first letter replaces the old name.
        self.selectAll()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Restore the name on Esc."""
        if event.key() == Qt.Key.Key_Escape:
            # Ended by the same signal as Enter: the old name is then "taken", which changes nothing.
            self.setText(self._before)
            self.editingFinished.emit()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _on_finished(self) -> None:
        # Hiding the field ends its editing once more.
        index, self._index = self._index, -1
        if index < 0:
            return
        text = self.text()
        self.hide()
        self.ended.emit()
        self.named.emit(index, text)

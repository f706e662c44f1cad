"""The label above a field: it is never cut, but takes a shorter text or a second line."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


class FieldLabel(QLabel):
    """A muted label that shows ``text`` if it fits in one line, else ``short`` if that fits, else ``text`` wrapped."""

    def __init__(self, text: str, short: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._texts = (text, short) if short else (text,)
        self.setProperty("role", "muted")
        self.setWordWrap(True)
        # Of any width: the column decides, and the text follows.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAlignment(Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft)

    def height_for(self, width: int) -> int:
        """Return the height of the text that is shown at a width."""
        metrics = self.fontMetrics()
        flags = int(Qt.TextFlag.TextWordWrap)
        return metrics.boundingRect(0, 0, max(1, width), 10_000, flags, self._text_for(width)).height()

    def minimumSizeHint(self) -> QSize:
        """Return a height for one line, and no width."""
        return QSize(0, self.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the text for the new width."""
        super().resizeEvent(event)
        text = self._text_for(event.size().width())
        if text != self.text():
            self.setText(text)

    def _text_for(self, width: int) -> str:
        fitting = (text for text in self._texts if self.fontMetrics().horizontalAdvance(text) <= width)
        return next(fitting, self._texts[0])

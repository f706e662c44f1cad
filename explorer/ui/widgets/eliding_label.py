"""A label of one line that asks for its whole text and elides where there is less room."""

from PySide6.QtCore import QSize
from superqt import QElidingLabel


class ElidingLabel(QElidingLabel):
    """superqt's label asks for no more than its last elision, and so would never grow back; this one does."""

    def setText(self, txt: str) -> None:
        """Show another text, and ask for its room."""
        super().setText(txt)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return room for the whole text."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text() + " "), metrics.height())

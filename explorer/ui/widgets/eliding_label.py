"""A label of one line that requests the width of its full text and elides it if there is less room."""

from PySide6.QtCore import QSize
from superqt import QElidingLabel


class ElidingLabel(QElidingLabel):
    """A QElidingLabel that grows again: superqt's own requests only the width of its last elided text."""

    def setText(self, txt: str) -> None:
        """Set the text and request its width."""
        super().setText(txt)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return the size of the full text."""
        metrics = self.fontMetrics()
        # The extra space: without it rounding may elide a text that fits.
        return QSize(metrics.horizontalAdvance(self.text() + " "), metrics.height())

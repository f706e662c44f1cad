"""Texts with little room: a label that is elided, a text cut to a number of characters, and one that pops up."""

from PySide6.QtCore import QPoint, QSize
from PySide6.QtWidgets import QLabel, QMenu, QWidget, QWidgetAction
from superqt import QElidingLabel


def popup_text(beside: QWidget, text: str, width: int) -> QMenu:
    """Show a text below a widget until the next click or key; return the pop-up."""
    # A menu, since Qt closes it by itself at a click elsewhere or Esc.
    popup = QMenu(beside)
    popup.setObjectName("definition")
    label = QLabel(text, wordWrap=True)
    label.setFixedWidth(width)
    label.setContentsMargins(*[width // 30] * 4)
    action = QWidgetAction(popup)
    action.setDefaultWidget(label)
    popup.addAction(action)
    popup.aboutToHide.connect(popup.deleteLater)
    popup.popup(beside.mapToGlobal(QPoint(0, beside.height())))
    return popup


def cut_text(text: str, max_characters: int) -> str:
    """Return a text of at most ``max_characters``, with an ellipsis where its end is cut off."""
    return text if len(text) <= max_characters else text[: max_characters - 1] + "…"


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

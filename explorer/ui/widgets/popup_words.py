"""A pop-up with a few lines of text below a widget."""

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QLabel, QMenu, QWidget, QWidgetAction


def popup_words(beside: QWidget, text: str, width: int) -> QMenu:
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

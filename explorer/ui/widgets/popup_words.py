"""A few lines that pop up under a widget."""

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QLabel, QMenu, QWidget, QWidgetAction


def popup_words(beside: QWidget, text: str, width: int) -> QMenu:
    """Show a few lines under a widget until the next click or key."""
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

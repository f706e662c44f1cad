"""Spin boxes whose numbers are aligned with the texts of neighbouring fields."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox, QWidget

INDENT_EMS = 0.5
"""Indentation in text heights. A style sheet cannot set it: Qt ignores the left padding of a styled spin box."""


class IntegerBox(QSpinBox):
    """A spin box for integers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _indent(self)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        _follow(self, event)


class DecimalBox(QDoubleSpinBox):
    """A spin box for floats."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _indent(self)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        _follow(self, event)


def _follow(box: QAbstractSpinBox, event: QEvent) -> None:
    if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
        _indent(box)


def _indent(box: QAbstractSpinBox) -> None:
    box.lineEdit().setTextMargins(round(INDENT_EMS * box.fontMetrics().height()), 0, 0, 0)

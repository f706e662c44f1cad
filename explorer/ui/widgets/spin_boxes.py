"""Inputs for numbers: spin boxes aligned with neighbouring fields, and a slider that jumps to where it is pressed."""

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSlider, QSpinBox, QStyle, QStyleOptionSlider, QWidget


class JumpSlider(QSlider):
    """A horizontal slider. A press anywhere begins a drag there; press and drag are one undo step.

    Parameters
    ----------
    wheel_needs_focus
        Whether the wheel moves the slider only while it has the focus, so that scrolling a panel changes no value.
    """

    def __init__(self, parent: QWidget | None = None, *, wheel_needs_focus: bool = False) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._wheel_needs_focus = wheel_needs_focus

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the handle to the cursor and begin a drag."""
        handle = self._handle()
        if event.button() == Qt.MouseButton.LeftButton and not handle.contains(event.position().toPoint()):
            # Down before the move: listeners then treat the jump as a part of the drag.
            self.setSliderDown(True)
            span = self.width() - handle.width()
            across = round(event.position().x() - handle.width() / 2)
            self.setSliderPosition(QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), across, span))
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag."""
        super().mouseReleaseEvent(event)
        # Qt ends only drags that began on the handle; one that began above or below it is ended here.
        if self.isSliderDown() and event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Move the slider, or leave the wheel to the area that scrolls."""
        if self._wheel_needs_focus and not self.hasFocus():
            event.ignore()  # Qt then passes the event to the parent
        else:
            super().wheelEvent(event)

    def _handle(self) -> QRect:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        control = QStyle.ComplexControl.CC_Slider
        return self.style().subControlRect(control, option, QStyle.SubControl.SC_SliderHandle, self)


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

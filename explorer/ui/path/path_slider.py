"""A slider whose handle comes to where it is pressed, and is dragged from there."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider

STEPS = 1000


class PathSlider(QSlider):
    """t from 0 to 1 in thousandths. A press anywhere begins a drag there, which is one step for undo."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setRange(0, STEPS)
        self.setSingleStep(STEPS // 100)
        self.setPageStep(STEPS // 10)

    @property
    def t(self) -> float:
        """The place on the path, 0 to 1."""
        return self.value() / STEPS

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Bring the handle under the hand, in one drag with what follows."""
        handle = self._handle()
        if event.button() == Qt.MouseButton.LeftButton and not handle.contains(event.position().toPoint()):
            self.setSliderDown(True)
            span = self.width() - handle.width()
            across = round(event.position().x() - handle.width() / 2)
            self.setSliderPosition(QStyle.sliderValueFromPosition(0, STEPS, across, span))
        super().mousePressEvent(event)

    def _handle(self) -> QRect:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        control = QStyle.ComplexControl.CC_Slider
        return self.style().subControlRect(control, option, QStyle.SubControl.SC_SliderHandle, self)

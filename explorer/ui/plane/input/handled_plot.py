"""A plot whose mouse and keys go to a hand."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QMouseEvent, QWheelEvent

from explorer.ui.plane.input.hover import Hover
from explorer.ui.plane.input.mouse_input import MouseInput
from explorer.ui.plane.plot_area import PlotArea


class HandledPlot(PlotArea):
    """Return pyqtgraph none of the input: presses, moves, wheel and keys are the hand's, rest is the hover's."""

    hand: MouseInput
    hover: Hover

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Return it to the hand."""
        self.hover.clear()
        self.hand.press(event)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Return it to the gesture, or look what lies under the hand."""
        if self.hand.busy:
            self.hand.move(event)
        else:
            self.hover.move_to(event.position())
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture."""
        self.hand.release(event)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.hand.double_click()
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom."""
        self.hover.clear()
        self.hand.wheel(event)
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Let go of the point under the hand."""
        self.hover.leave()
        super().leaveEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Let go of the point, and of its card, which is not the plane's child."""
        super().hideEvent(event)
        self.hover.clear()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return it to the hand, or to whoever is above."""
        event.setAccepted(self.hand.key_press(event))

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Return it to the hand."""
        event.setAccepted(self.hand.key_release(event))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Forget held keys."""
        self.hand.let_go()
        super().focusOutEvent(event)

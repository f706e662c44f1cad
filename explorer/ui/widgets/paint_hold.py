"""Keeps the last picture of a widget on screen until its new contents are complete."""

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QWidget

MAX_MILLISECONDS = 400
"""Maximum time of a hold: contents that take longer are shown as they arrive."""


class PaintHold(QObject):
    """Pauses the painting of a widget, which fills in several steps, between `begin` and `end`."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._timer = QTimer(self, singleShot=True, interval=MAX_MILLISECONDS)
        self._timer.timeout.connect(self.end)

    @property
    def holds(self) -> bool:
        """Whether painting is paused."""
        return self._timer.isActive()

    def begin(self) -> None:
        """Pause painting, for at most `MAX_MILLISECONDS`."""
        self._widget.setUpdatesEnabled(False)
        self._timer.start()

    @Slot()
    def end(self) -> None:
        """Paint again."""
        self._timer.stop()
        self._widget.setUpdatesEnabled(True)

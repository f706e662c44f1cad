"""A probability as a bar with a handle: dragged by the mouse, or moved by the arrow keys."""

from PySide6.QtCore import QRectF, QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QWidget

from explorer.ui.information.painting import Tone, draw_focus, tone_colour
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

HEIGHT, HANDLE = 15, 4
"""Height of a bar with its handle, and width of the handle, in pixels at text scale 1."""
PARTS = 10_000
"""Steps of the slider that screen readers see."""
STEPS = {
    Qt.Key.Key_Left: -0.01,
    Qt.Key.Key_Down: -0.01,
    Qt.Key.Key_Right: 0.01,
    Qt.Key.Key_Up: 0.01,
    Qt.Key.Key_PageDown: -0.1,
    Qt.Key.Key_PageUp: 0.1,
}


class ProbabilityBar(QAbstractSlider):
    """A slider drawn as a bar. It shows what it is given, and asks for another value while it is dragged.

    Signals
    -------
    wanted : float
        The probability under the mouse, or after a key.
    dropped
        The mouse or key was released.
    """

    wanted = Signal(float)
    dropped = Signal()

    def __init__(self, name: str, tone: Tone, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone, self._themes = tone, themes
        self._probability, self._full, self._shown_full = 0.0, 1.0, 1.0
        self._dragged = False
        set_identity(self, name)
        self.setRange(0, PARTS)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.valueChanged.connect(self._on_value)
        themes.changed.connect(self.updateGeometry)

    @property
    def probability(self) -> float:
        """The probability shown."""
        return self._probability

    def show_probability(self, value: float, full: float) -> None:
        """Show a probability; ``full`` is the one that fills the width. A drag keeps the scale it began with."""
        self._full = full
        # The scale of the bars follows their longest one, but not under the mouse.
        shown = self._shown_full if self._dragged else full
        if (value, shown) != (self._probability, self._shown_full):
            self._probability, self._shown_full = value, shown
            with QSignalBlocker(self):
                self.setValue(round(PARTS * value))
            self.update()

    def sizeHint(self) -> QSize:
        """Return the preferred size in pixels."""
        return QSize(round(160 * self._themes.scale), round(HEIGHT * self._themes.scale))

    def minimumSizeHint(self) -> QSize:
        """Return the minimum size in pixels."""
        return QSize(round(72 * self._themes.scale), round(HEIGHT * self._themes.scale))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag at the cursor."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragged = True
            self.wanted.emit(self._value_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Ask for the probability under the cursor."""
        if self._dragged:
            self.wanted.emit(self._value_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag."""
        if self._dragged and event.button() == Qt.MouseButton.LeftButton:
            self._dragged = False
            self.dropped.emit()
            self.show_probability(self._probability, self._full)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page, which scrolls."""
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by 0.01, by 0.1 with Page Up and Page Down, or to 0 and 1 with Home and End."""
        ends = {Qt.Key.Key_Home: 0.0, Qt.Key.Key_End: 1.0}
        key = Qt.Key(event.key())
        if key in STEPS:
            self.wanted.emit(min(max(round(self._probability + STEPS[key], 6), 0.0), 1.0))
        elif key in ends:
            self.wanted.emit(ends[key])
        else:
            super().keyPressEvent(event)
            return
        self.dropped.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar and its handle."""
        theme, scale = self._themes.theme, self._themes.scale
        handle = HANDLE * scale
        room = self.width() - handle
        end = min(self._probability / self._shown_full, 1.0) * room
        middle, thick = self.height() / 2, 0.8 * self.height()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tone_colour(theme, self._tone))
            # The bar ends in the middle of its handle.
            painter.drawRoundedRect(QRectF(0, middle - thick / 2, end + handle / 2, thick), 2 * scale, 2 * scale)
            painter.setBrush(QColor(theme.probe))
            box = QRectF(end, 0.5, handle, self.height() - 1)
            painter.drawRoundedRect(box, handle / 2.5, handle / 2.5)
            draw_focus(painter, theme, scale, self)

    @Slot(int)
    def _on_value(self, value: int) -> None:
        # Screen readers set the value of a slider directly.
        self.wanted.emit(value / PARTS)
        self.dropped.emit()

    def _value_at(self, x: float) -> float:
        handle = HANDLE * self._themes.scale
        share = (x - handle / 2) / max(1.0, self.width() - handle)
        # In hundredths: probabilities that are easy to read.
        return min(max(round(share * self._shown_full, 2), 0.0), 1.0)

"""The polygon of pinned samples with the handle that sets their weights.

- The handle is dragged by the mouse, or moved by the arrow keys; a press beside it moves it there.
- A double click on a picture, or Enter for the chosen one, gives it the whole weight; Delete removes it.
- Page Up and Page Down choose another picture.
- Samples that are dragged here from the selection are pinned.
"""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.latent.blends.polygon import Weights, inside, position_of, weights_at
from explorer.ui.blend.polygon_layout import PolygonLayout, lay_out
from explorer.ui.blend.polygon_painter import HANDLE, ShownPin, paint_polygon
from explorer.ui.pictures.renderers import strong_font
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

NUDGE, LONG_NUDGE = 0.02, 0.1
"""Distance by which an arrow key moves the handle, alone and with Shift; the polygon has the radius 1."""
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class PolygonView(QWidget):
    """Shows pins and weights, and reports what the user does.

    Signals
    -------
    moved : tuple
        The weights at which the handle is now; a drag or a held key ends with ``released``.
    released
        The drag has ended.
    whole_wanted, removal_wanted, chosen : int
        The pin is to have the whole weight, to be removed, or was chosen.
    menu_wanted : int, QPoint
        The menu of a pin is wanted at a global position; -1 stands for none.
    """

    moved = Signal(tuple)
    released = Signal()
    whole_wanted = Signal(int)
    removal_wanted = Signal(int)
    chosen = Signal(int)
    menu_wanted = Signal(int, QPoint)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._pins: tuple[ShownPin, ...] = ()
        self._layout = lay_out(0, 1, 1, 1, 1)
        self._chosen = 0
        self._is_nudged = False  # an arrow key has moved the handle and is still held
        self._grab: QPointF | None = None  # from the handle to the mouse, while it is dragged
        set_identity(self, "blend_polygon", accessible="Weights of the pinned samples")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        themes.changed.connect(self.update)

    @property
    def layout_now(self) -> PolygonLayout:
        """Where everything is."""
        return self._layout

    @property
    def picture_side(self) -> int:
        """The side of a picture in pixels."""
        return round(self._layout.pictures[0].width()) if self._layout.pictures else 0

    @property
    def pins(self) -> tuple[ShownPin, ...]:
        """The pins that are shown."""
        return self._pins

    def show_pins(self, pins: Sequence[ShownPin]) -> None:
        """Show pins with their weights."""
        if len(pins) != len(self._pins):
            # The chosen pin may have been removed.
            self._chosen = min(self._chosen, max(0, len(pins) - 1))
        self._pins = tuple(pins)
        self.setAccessibleDescription(", ".join(f"{pin.letter} {pin.weight:.2f}" for pin in pins))
        self.arrange()

    def arrange(self) -> None:
        """Fit the polygon to the size."""
        line = QFontMetricsF(strong_font()).height()
        self._layout = lay_out(len(self._pins), self.width(), self.height(), line, self._themes.scale)
        self.update()

    @property
    def weights(self) -> Weights:
        """The weights that are shown."""
        return tuple(pin.weight for pin in self._pins)

    def sizeHint(self) -> QSize:
        """Return a size for pictures of a useful size, in pixels."""
        return QSize(round(300 * self._themes.scale), round(280 * self._themes.scale))

    def minimumSizeHint(self) -> QSize:
        """Return a size for three small pictures, in pixels."""
        return QSize(round(150 * self._themes.scale), round(110 * self._themes.scale))

    def resizeEvent(self, event: QEvent) -> None:
        """Fit the polygon to the new size."""
        self.arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw polygon, pins and handle."""
        with QPainter(self) as painter:
            paint_polygon(
                painter, self.rect(), self._pins, self._layout, self._themes, self._chosen if self.hasFocus() else None
            )

    # Mouse

    def pin_at(self, position: QPointF) -> int | None:
        """Return the pin whose picture is at a position."""
        found = (index for index, picture in enumerate(self._layout.pictures) if picture.contains(position))
        return next(found, None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the handle, move it to the mouse, or choose a picture."""
        if event.button() != Qt.MouseButton.LeftButton or not self._pins:
            return
        handle = self._layout.handle(self.weights)
        apart = event.position() - handle
        # The handle first: with the whole weight on one pin it lies on the picture of this pin.
        is_on_handle = len(self._pins) > 1 and apart.manhattanLength() <= 2 * HANDLE * self._themes.scale
        pin = self.pin_at(event.position())
        if pin is not None and not is_on_handle:
            self._choose(pin)
        elif len(self._pins) > 1:
            # From the point that was grabbed, so that the handle does not jump to the mouse.
            self._grab = apart if is_on_handle else QPointF()
            if not is_on_handle:
                self._move_to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the handle."""
        if self._grab is not None:
            self._move_to(event.position() - self._grab)
            return
        over = self.pin_at(event.position()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Drop the handle."""
        if self._grab is not None and event.button() == Qt.MouseButton.LeftButton:
            self._grab = None
            self.released.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Set the weight of a picture to 1."""
        pin = self.pin_at(event.position())
        if pin is not None and event.button() == Qt.MouseButton.LeftButton:
            self.whole_wanted.emit(pin)
        else:
            self.mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the picture under the mouse, or of the chosen one."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        pin = self._chosen if by_key and self._pins else self.pin_at(QPointF(event.pos()))
        if pin is not None:
            self._choose(pin)
        self.menu_wanted.emit(-1 if pin is None else pin, event.globalPos())

    def event(self, event: QEvent) -> bool:
        """Show the tooltip of the picture under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            pin = self.pin_at(QPointF(event.pos()))
            text = "" if len(self._pins) < 2 else "Drag to set the weights; the arrow keys move the handle"
            if pin is not None:
                shown = self._pins[pin]
                text = f"{shown.letter}: {' · '.join(shown.lines)}. Double-click gives it the whole weight."
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    # Keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the handle, choose another picture, or change the chosen one."""
        key = Qt.Key(event.key())
        if key in _ARROWS and len(self._pins) > 1:
            step = LONG_NUDGE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else NUDGE
            x, y = position_of(self.weights)
            across, up = _ARROWS[key]
            # One step of undo at the release of the key, not one for each repeat of it.
            self._is_nudged = True
            # Two pins lie on a line across: up and down go along it, too.
            across = across if len(self._pins) > 2 else across + up
            self._move(x + across * step, y + up * step)
        # Not by Tab, which must lead to the next widget.
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown) and self._pins:
            self._choose((self._chosen + (1 if key == Qt.Key.Key_PageDown else -1)) % len(self._pins))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._pins:
            self.whole_wanted.emit(self._chosen)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._pins:
            self.removal_wanted.emit(self._chosen)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """End the moves of a held arrow key as one step."""
        if Qt.Key(event.key()) in _ARROWS and not event.isAutoRepeat():
            self._end_keys()
        else:
            super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that the keys work here."""
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """End a move whose key is released elsewhere."""
        self._end_keys()
        self.update()

    def _end_keys(self) -> None:
        if self._is_nudged:
            self._is_nudged = False
            self.released.emit()

    def _choose(self, pin: int) -> None:
        self._chosen = pin
        self.chosen.emit(pin)
        self.update()

    def _move_to(self, pixel: QPointF) -> None:
        self._move(*self._layout.point(pixel))

    def _move(self, x: float, y: float) -> None:
        count = len(self._pins)
        # Points outside the polygon have no weights that are all positive and add up to 1.
        self.moved.emit(weights_at(inside((x, y), count), count))

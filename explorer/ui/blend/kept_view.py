"""The kept blends of a run, side by side in lines that scroll; a click restores one."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from explorer.ui.pictures.renderers import LEFT, fitted_box, small_font
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import cut_text

SIDE, GAP, EDGE = 88, 20, 3
"""Side of a picture, gap between two, and room around all for the frame, in pixels at text scale 1."""
NARROW_SIDE, NARROW_GAP, NARROW = 64, 10, 300
"""The first two in a widget narrower than `NARROW`."""


@dataclass(frozen=True, eq=False)
class KeptPicture:
    """A kept blend: its name, its weights as text, the longest form first, and its picture; None until it is known."""

    name: str
    weights: tuple[str, ...]
    image: QImage | None = None


class KeptView(QAbstractScrollArea):
    """Paints the kept blends.

    Signals
    -------
    chosen, renaming_wanted, removal_wanted : int
        A kept blend is to be restored, renamed or removed.
    menu_wanted : int, QPoint
        The menu of a kept blend is wanted at a global position.
    """

    chosen = Signal(int)
    renaming_wanted = Signal(int)
    removal_wanted = Signal(int)
    menu_wanted = Signal(int, QPoint)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._kept: tuple[KeptPicture, ...] = ()
        self._current = 0
        set_identity(self, "blend_kept", accessible="Kept blends")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        # Qt would fill it with a colour of its own, beside that of the panel.
        self.viewport().setAutoFillBackground(False)
        themes.changed.connect(self._arrange)

    @property
    def picture_side(self) -> int:
        """The side of a picture in pixels."""
        return round((NARROW_SIDE if self._is_narrow else SIDE) * self._themes.scale)

    def show_kept(self, kept: tuple[KeptPicture, ...]) -> None:
        """Show kept blends."""
        # The current blend may have been the last one, and deleted.
        self._kept, self._current = kept, min(self._current, max(0, len(kept) - 1))
        self.setAccessibleDescription(", ".join(one.name for one in kept))
        self._arrange()

    def cell(self, index: int) -> QRectF:
        """Return where a kept blend is in the viewport: its picture and both lines below it."""
        side, gap, edge = self.picture_side, self._gap, EDGE * self._themes.scale
        row, column = divmod(index, self._columns)
        # Two lines of text: the name, and the weights.
        height = side + 2 * self._line
        top = edge + row * (height + gap / 2) - self.verticalScrollBar().value()
        return QRectF(edge + column * (side + gap), top, side, height)

    def index_at(self, position: QPointF) -> int | None:
        """Return the kept blend at a position of the viewport."""
        return next((index for index in range(len(self._kept)) if self.cell(index).contains(position)), None)

    def sizeHint(self) -> QSize:
        """Return the size of one line, in pixels."""
        return QSize(round(260 * self._themes.scale), self._height_of(1))

    def minimumSizeHint(self) -> QSize:
        """Return the size of one line with one blend, in pixels."""
        return QSize(round((NARROW_SIDE + 2 * EDGE) * self._themes.scale), self._height_of(1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the lines for the new width."""
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the kept blends in view."""
        theme, scale = self._themes.theme, self._themes.scale
        with QPainter(self.viewport()) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setFont(small_font())
            metrics = QFontMetricsF(small_font())
            for index, one in enumerate(self._kept):
                cell = self.cell(index)
                # Skip those out of view: there may be hundreds of kept blends.
                if cell.bottom() < 0 or cell.top() > self.viewport().height():
                    continue
                box = QRectF(cell.left(), cell.top(), cell.width(), cell.width())
                if one.image is None:
                    painter.fillRect(box, QColor(theme.raised))
                else:
                    painter.drawImage(fitted_box(one.image, box), one.image)
                if self.hasFocus() and index == self._current:
                    painter.setPen(QPen(QColor(theme.accent), 2 * scale))
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.drawRect(box.adjusted(-1, -1, 1, 1))
                for row, (forms, colour) in enumerate((((one.name,), theme.text), (one.weights, theme.muted))):
                    painter.setPen(QColor(colour))
                    room = QRectF(
                        cell.left(), box.bottom() + row * self._line, cell.width() + self._gap - 4, self._line
                    )
                    painter.drawText(room, LEFT, _fitting(forms, metrics, room.width()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Restore the blend under the mouse."""
        index = self.index_at(event.position())
        if index is not None and event.button() == Qt.MouseButton.LeftButton:
            self._current = index
            self.chosen.emit(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show a pointing cursor over a kept blend, which a click restores."""
        over = self.index_at(event.position()) is not None
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the blend under the mouse, or of the current one."""
        # The menu key has no position of the mouse: it is about the current blend.
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self._current if by_key and self._kept else self.index_at(QPointF(event.pos()))
        if index is not None:
            self._current = index
            self.menu_wanted.emit(index, event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by the arrow keys; Enter restores, F2 renames and Delete removes."""
        key = Qt.Key(event.key())
        moves = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            # The line above: as many blends back as there are in a line.
            Qt.Key.Key_Up: -self._columns,
            Qt.Key.Key_Down: self._columns,
        }
        signals = {Qt.Key.Key_F2: self.renaming_wanted, Qt.Key.Key_Delete: self.removal_wanted}
        signals |= dict.fromkeys((Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space), self.chosen)
        if not self._kept:
            event.ignore()
        elif key in moves:
            self._current = min(max(self._current + moves[key], 0), len(self._kept) - 1)
            self._reveal()
            self.viewport().update()
        elif key in signals:
            signals[key].emit(self._current)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that the keys work here."""
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that they do not."""
        self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        """Show the tooltip of the blend under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self.index_at(QPointF(event.pos()))
            one = None if index is None else self._kept[index]
            text = "" if one is None else f"{one.name}: {one.weights[0]}. Click to restore it."
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().viewportEvent(event)

    @property
    def _is_narrow(self) -> bool:
        return self.width() < NARROW * self._themes.scale

    @property
    def _gap(self) -> float:
        return (NARROW_GAP if self._is_narrow else GAP) * self._themes.scale

    @property
    def _line(self) -> float:
        return QFontMetricsF(small_font()).height() + 1

    @property
    def _columns(self) -> int:
        side, edge = self.picture_side, 2 * EDGE * self._themes.scale
        return max(1, int((self.viewport().width() - edge + self._gap) // (side + self._gap)))

    def _height_of(self, rows: int) -> int:
        height = self.picture_side + 2 * self._line
        return round(rows * height + (rows - 1) * self._gap / 2 + 2 * EDGE * self._themes.scale)

    @Slot()
    def _arrange(self) -> None:
        rows = -(-len(self._kept) // self._columns)
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, self._height_of(rows) - self.viewport().height()) if rows else 0)
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(round(self._line))
        # The theme may have changed the size of the text, and with it that of a line.
        self.updateGeometry()
        self.viewport().update()

    def _reveal(self) -> None:
        cell, bar = self.cell(self._current), self.verticalScrollBar()
        if cell.top() < 0:
            bar.setValue(round(bar.value() + cell.top()))
        elif cell.bottom() > self.viewport().height():
            bar.setValue(round(bar.value() + cell.bottom() - self.viewport().height()))


def _fitting(forms: Sequence[str], metrics: QFontMetricsF, width: float) -> str:
    """Return the longest form that fits, else the last one with an ellipsis; the tooltip has all of it."""
    whole = next((form for form in forms if metrics.horizontalAdvance(form) <= width), None)
    if whole is not None:
        return whole
    # Of the last form, which is the shortest and so loses the fewest letters.
    cut = (cut_text(forms[-1], count) for count in range(len(forms[-1]), 1, -1))
    return next((text for text in cut if metrics.horizontalAdvance(text) <= width), "…")

"""Which line is which: a stroke and a name each, in one row that elides."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.ui.curves.strokes import Stroke


@dataclass(frozen=True)
class Entry:
    """One line's stroke and name; ``strong`` names the active run."""

    name: str
    stroke: Stroke
    strong: bool = False


class CurveLegend(QWidget):
    """Draws entries left to right, each elided to its share where room is short; the tooltip has them whole."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[Entry, ...] = ()
        self._text, self._muted = QColor(), QColor()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def dress(self, text: str, muted: str) -> None:
        """Take the colours of words."""
        self._text, self._muted = QColor(text), QColor(muted)
        self.update()

    def set_entries(self, entries: tuple[Entry, ...]) -> None:
        """Name these lines."""
        if entries != self._entries:
            self._entries = entries
            words = ", ".join(entry.name for entry in entries)
            self.setToolTip(words)
            self.setAccessibleName(f"Lines: {words}" if words else "Lines")
            self.update()

    @property
    def names(self) -> tuple[str, ...]:
        """What is named."""
        return tuple(entry.name for entry in self._entries)

    def sizeHint(self) -> QSize:
        """Ask for a line of text."""
        return QSize(120, self.fontMetrics().height() + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw strokes and names."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        em = self.fontMetrics().height()
        stroke_width, gap = 1.6 * em, em / 3
        x, middle = 0.0, self.height() / 2
        for entry, width in zip(self._entries, self._widths(stroke_width + gap, em), strict=True):
            painter.setPen(entry.stroke.pen())
            painter.drawLine(QPointF(x, middle), QPointF(x + stroke_width, middle))
            font = self.font()
            font.setBold(entry.strong)
            painter.setFont(font)
            painter.setPen(self._text if entry.strong else self._muted)
            name = painter.fontMetrics().elidedText(entry.name, Qt.TextElideMode.ElideMiddle, int(width))
            area = QRectF(x + stroke_width + gap, 0, width, self.height())
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
            x += stroke_width + gap + width + em * 0.8

    def _widths(self, before: float, em: float) -> list[float]:
        """Give each name its width; where they do not fit, the longest are cut first."""
        wanted = [self.fontMetrics().horizontalAdvance(entry.name) * (1.1 if entry.strong else 1.0) + 2
                  for entry in self._entries]
        room = self.width() - len(wanted) * before - max(0, len(wanted) - 1) * em * 0.8
        if sum(wanted) <= room:
            return wanted
        widths, left, many = [0.0] * len(wanted), max(0.0, room), len(wanted)
        for place in sorted(range(len(wanted)), key=wanted.__getitem__):
            widths[place] = min(wanted[place], left / many)
            left -= widths[place]
            many -= 1
        return widths

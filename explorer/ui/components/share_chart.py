"""Base of the small charts of a linear model: an axis from 0 to a maximum, and a tooltip with numbers."""

from abc import abstractmethod
from collections.abc import Mapping

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from explorer.ui.pictures.drawing import small_font
from explorer.ui.theme.theme import ThemeSource

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
MIN_HEIGHT = 3.5
"""Minimum height in text heights."""


class ShareChart(QWidget):
    """Draw the axis; subclasses draw what stands on it.

    Parameters
    ----------
    ticks
        Labels by height, from 0 at the bottom to 1 at the top, in ascending order.
    least_width
        Minimum width in text heights.
    """

    def __init__(
        self, themes: ThemeSource, ticks: Mapping[float, str], least_width: float, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._themes, self._ticks, self._least_width = themes, ticks, least_width
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    @abstractmethod
    def words_at(self, x: float) -> str:
        """Return the numbers at x (pixels) as text."""

    @abstractmethod
    def draw(self, painter: QPainter, plot: QRectF) -> None:
        """Draw the contents within ``plot``, and on the line of text below it."""

    def sizeHint(self) -> QSize:
        """Return the minimum size: the pictures beside the chart come first."""
        return self.minimumSize()

    def event(self, event: QEvent) -> bool:
        """Show the numbers under the mouse as a tooltip."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.words_at(event.pos().x()), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the axis and the contents."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(small_font())
            plot = self.plot()
            self._draw_axis(painter, plot)
            self.draw(painter, plot)

    def plot(self) -> QRectF:
        """Return the rectangle between the axis labels and the line of text at the bottom."""
        metrics = QFontMetricsF(small_font())
        # The top label is the widest: 100 % or 90°.
        left, line = metrics.horizontalAdvance(list(self._ticks.values())[-1]) + 6, metrics.height()
        return QRectF(left, line / 2, max(1.0, self.width() - left - 4), max(1.0, self.height() - 1.6 * line))

    def _draw_axis(self, painter: QPainter, plot: QRectF) -> None:
        theme, line = self._themes.theme, QFontMetricsF(small_font()).height()
        for share, label in self._ticks.items():
            y = plot.bottom() - share * plot.height()
            painter.setPen(QPen(QColor(theme.line), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(0, y - line / 2, plot.left() - 5, line), RIGHT, label)

    @Slot()
    def _apply_theme(self) -> None:
        line = QFontMetricsF(small_font()).height()
        self.setMinimumSize(round(self._least_width * line), round(MIN_HEIGHT * line))
        self.update()

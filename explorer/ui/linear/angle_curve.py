"""The angle between a linear autoencoder's plane and PCA's over the epochs of its training."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from explorer.ui.curves.series import Curve, thinned
from explorer.ui.decode.drawing import small_font
from explorer.ui.theme import ThemeSource

TICKS = (0, 45, 90)
MOST_POINTS = 600
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class AngleCurve(QWidget):
    """Draws degrees from 0, where both are one plane, to 90 over epochs."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._curve = Curve(np.empty(0), np.empty(0))
        self._epochs = 1.0
        self.setObjectName("angle_curve")
        self.setAccessibleName("Angle to PCA's plane in degrees, over epochs")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        themes.changed.connect(self._redress)
        self._redress()

    @property
    def curve(self) -> Curve:
        """Epochs and degrees."""
        return self._curve

    def set_curve(self, epochs: NDArray[np.float64], degrees: NDArray[np.float64], whole: float) -> None:
        """Show degrees over epochs of a training of ``whole`` epochs."""
        self._curve, self._epochs = Curve(epochs, degrees), max(whole, 1.0)
        latest = self._curve.latest
        self.setAccessibleDescription("" if latest is None else f"now {latest:.1f} degrees")
        self.update()

    def words_at(self, x: float) -> str:
        """Give epoch and degrees at a place."""
        plot = self._plot()
        found = self._curve.at((x - plot.left()) / plot.width() * self._epochs)
        return "" if found is None else f"epoch {found[0]:g}: {found[1]:.2f}° between the two planes"

    def sizeHint(self) -> QSize:
        """Ask for no more than it needs: the pictures beside it come first."""
        return self.minimumSize()

    def event(self, event: QEvent) -> bool:
        """Tell the numbers under the hand by a tooltip."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.words_at(event.pos().x()), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw axes and curve."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small_font())
        plot, theme = self._plot(), self._themes.theme
        self._draw_axes(painter, plot)
        shown = thinned(self._curve, MOST_POINTS)
        across = plot.left() + shown.epochs / self._epochs * plot.width()
        down = plot.bottom() - shown.values / TICKS[-1] * plot.height()
        points = [QPointF(x, y) for x, y in zip(across.tolist(), down.tolist(), strict=True) if np.isfinite(y)]
        painter.setPen(QPen(QColor(theme.accent), 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPolyline(QPolygonF(points))
        if points:
            painter.setBrush(QColor(theme.accent))
            painter.drawEllipse(points[-1], 2.4, 2.4)
        painter.end()

    def _draw_axes(self, painter: QPainter, plot: QRectF) -> None:
        theme, line = self._themes.theme, QFontMetricsF(small_font()).height()
        for degrees in TICKS:
            y = plot.bottom() - degrees / TICKS[-1] * plot.height()
            painter.setPen(QPen(QColor(theme.line), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(0, y - line / 2, plot.left() - 5, line), RIGHT, f"{degrees}°")
        foot = QRectF(plot.left(), plot.bottom() + 1, plot.width(), line)
        painter.drawText(foot, LEFT, "0")
        last, metrics = f"{self._epochs:g} epochs", QFontMetricsF(small_font())
        if metrics.horizontalAdvance(f"0 {last}") > plot.width():
            last = f"{self._epochs:g}"
        painter.drawText(foot, RIGHT, last)

    def _plot(self) -> QRectF:
        metrics = QFontMetricsF(small_font())
        left, line = metrics.horizontalAdvance("90°") + 6, metrics.height()
        return QRectF(left, line / 2, max(1.0, self.width() - left - 4), max(1.0, self.height() - 1.6 * line))

    @Slot()
    def _redress(self) -> None:
        line = QFontMetricsF(small_font()).height()
        self.setMinimumSize(round(7 * line), round(3.5 * line))
        self.update()

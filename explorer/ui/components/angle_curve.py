"""The angle between the planes of a linear autoencoder and of PCA, over the epochs of training."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from explorer.ui.components.share_chart import RIGHT, ShareChart
from explorer.ui.curves.series import TermCurve, thinned
from explorer.ui.pictures.drawing import small_font
from explorer.ui.theme.theme import ThemeSource

RIGHT_ANGLE = 90  # degrees
TICKS = {0.0: "0°", 0.5: "45°", 1.0: "90°"}
MAX_POINTS = 600
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class AngleCurve(ShareChart):
    """Draw degrees over epochs, from 0 (both planes are the same) to 90."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(themes, TICKS, 7, parent)
        self._curve = TermCurve(np.empty(0), np.empty(0))
        self._epochs = 1.0
        self.setObjectName("angle_curve")
        self.setAccessibleName("Angle to PCA's plane in degrees, over epochs")

    @property
    def curve(self) -> TermCurve:
        """Epochs and degrees."""
        return self._curve

    def set_curve(self, epochs: NDArray[np.float64], degrees: NDArray[np.float64], epochs_shown: float) -> None:
        """Show degrees ``(n,)`` over epochs ``(n,)`` on an axis of ``epochs_shown`` epochs."""
        # At least 1, so that the scale is defined before the first epoch.
        self._curve, self._epochs = TermCurve(epochs, degrees), max(epochs_shown, 1.0)
        latest = self._curve.latest
        self.setAccessibleDescription("" if latest is None else f"now {latest:.1f} degrees")
        self.update()

    def words_at(self, x: float) -> str:
        """Return epoch and degrees at x in pixels."""
        plot = self.plot()
        found = self._curve.at((x - plot.left()) / plot.width() * self._epochs)
        return "" if found is None else f"epoch {found[0]:g}: {found[1]:.2f}° between the two planes"

    def draw(self, painter: QPainter, plot: QRectF) -> None:
        """Draw the axis of epochs and the curve."""
        theme = self._themes.theme
        self._draw_epochs(painter, plot)
        shown = thinned(self._curve, MAX_POINTS)
        across = plot.left() + shown.epochs / self._epochs * plot.width()
        down = plot.bottom() - shown.values / RIGHT_ANGLE * plot.height()
        # An epoch without a finite angle has no point.
        points = [QPointF(x, y) for x, y in zip(across.tolist(), down.tolist(), strict=True) if np.isfinite(y)]
        painter.setPen(QPen(QColor(theme.accent), 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPolyline(QPolygonF(points))
        if points:
            painter.setBrush(QColor(theme.accent))
            painter.drawEllipse(points[-1], 2.4, 2.4)

    def _draw_epochs(self, painter: QPainter, plot: QRectF) -> None:
        metrics = QFontMetricsF(small_font())
        foot = QRectF(plot.left(), plot.bottom() + 1, plot.width(), metrics.height())
        painter.setPen(QColor(self._themes.theme.muted))
        painter.drawText(foot, LEFT, "0")
        last = f"{self._epochs:g} epochs"
        # In a narrow chart the number alone must do.
        if metrics.horizontalAdvance(f"0 {last}") > plot.width():
            last = f"{self._epochs:g}"
        painter.drawText(foot, RIGHT, last)

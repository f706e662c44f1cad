"""The legend of a continuous colouring: a bar from low to high with its two ends in words."""

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFontMetrics, QLinearGradient, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.rendering.palette import continuous_colours
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

BAR_PIXELS = 180
_STOPS = 24


class ColourBar(QWidget):
    """Shows which colour means which value."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "colour_bar", "Colour scale, low to high")
        self._themes = themes
        self._ends = ("", "")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._redress)

    def set_span(self, low: float, high: float, unit: str) -> None:
        """Say the values of the two ends."""
        self._ends = (f"{low:.4g}", f"{high:.4g} {unit}".strip())
        self.setAccessibleName(f"colours from {self._ends[0]} to {self._ends[1]}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for the bar and its ends."""
        metrics = QFontMetrics(self.font())
        words = sum(metrics.horizontalAdvance(end) for end in self._ends)
        return QSize(round(BAR_PIXELS * self._themes.scale) + words + 4 * self._gap, metrics.height() + self._gap)

    def minimumSizeHint(self) -> QSize:
        """Return the same, with a shorter bar."""
        size = self.sizeHint()
        return QSize(size.width() - round(BAR_PIXELS * self._themes.scale * 0.6), size.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ends in words and the bar between them."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics, gap = QFontMetrics(self.font()), self._gap
        low, high = (metrics.horizontalAdvance(end) for end in self._ends)
        painter.setPen(QColor(self._themes.theme.muted))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, 0, low + gap, self.height()), middle, self._ends[0])
        painter.drawText(QRectF(self.width() - high, 0, high + gap, self.height()), middle, self._ends[1])
        height = metrics.height() * 0.6
        bar = QRectF(low + gap * 1.5, (self.height() - height) / 2, self.width() - low - high - 3 * gap, height)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        shares = np.linspace(0, 1, _STOPS)
        for share, colour in zip(shares, continuous_colours(shares, self._themes.theme.dark), strict=True):
            gradient.setColorAt(float(share), QColor(*map(int, colour)))
        shape = QPainterPath()
        shape.addRoundedRect(bar, height / 3, height / 3)
        painter.fillPath(shape, gradient)

    @property
    def _gap(self) -> int:
        return round(6 * self._themes.scale)

    @Slot()
    def _redress(self) -> None:
        self.updateGeometry()
        self.update()

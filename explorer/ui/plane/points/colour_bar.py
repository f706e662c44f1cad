"""The legend of a continuous colouring: a bar from low to high, labelled at both ends."""

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFontMetrics, QLinearGradient, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.rendering.palette import continuous_colours
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

# Width of the bar at text scale 1.
BAR_PIXELS = 180
# Enough stops for Qt's linear interpolation to follow the perceptual colour map.
_STOPS = 24


class ColourBar(QWidget):
    """Shows which colour corresponds to which value."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "colour_bar", "Colour scale, low to high")
        self._themes = themes
        self._ends = ("", "")
        self._stops: list[tuple[float, QColor]] = []
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._apply_theme)

    def set_span(self, low: float, high: float, unit: str) -> None:
        """Set the values at the two ends, and their unit."""
        self._ends = (f"{low:.4g}", f"{high:.4g} {unit}".strip())
        self.setAccessibleName(f"colours from {self._ends[0]} to {self._ends[1]}")
        self._apply_theme()

    def sizeHint(self) -> QSize:
        """Return the size of the bar with both labels."""
        metrics = QFontMetrics(self.font())
        words = sum(metrics.horizontalAdvance(end) for end in self._ends)
        return QSize(round(BAR_PIXELS * self._themes.scale) + words + 4 * self._gap, metrics.height() + self._gap)

    def minimumSizeHint(self) -> QSize:
        """Return the size with a bar shortened by 60 %."""
        size = self.sizeHint()
        return QSize(size.width() - round(BAR_PIXELS * self._themes.scale * 0.6), size.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both labels and the bar between them."""
        with QPainter(self) as painter:
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
            for share, colour in self._stops:
                gradient.setColorAt(share, colour)
            shape = QPainterPath()
            shape.addRoundedRect(bar, height / 3, height / 3)
            painter.fillPath(shape, gradient)

    @property
    def _gap(self) -> int:
        return round(6 * self._themes.scale)

    @Slot()
    def _apply_theme(self) -> None:
        # The colours are computed here: their first use imports colorcet, which takes too long for a paint event.
        shares = np.linspace(0, 1, _STOPS)
        colours = continuous_colours(shares, self._themes.theme.dark)  # (_STOPS, 3)
        self._stops = [(float(at), QColor(*map(int, colour))) for at, colour in zip(shares, colours, strict=True)]
        self.updateGeometry()
        self.update()

"""What the best directions explain: a bar for each, those kept by the model in the accent, and their sum as a line."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from explorer.ui.components.component_text import share as in_words
from explorer.ui.components.share_chart import ShareChart
from explorer.ui.pictures.drawing import small_font
from explorer.ui.theme.theme import ThemeSource

TICKS = {0.0: "0 %", 0.5: "50 %", 1.0: "100 %"}
MIDDLE = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter


class VarianceBars(ShareChart):
    """Draws shares from 0 to 100 % by direction, the greatest first, and how they add up."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(themes, TICKS, 9.5, parent)
        self._shares: NDArray[np.float64] = np.empty(0)
        self._kept, self._share_of = 0, "variance"
        self.setObjectName("variance_bars")
        self.setAccessibleName("Explained variance by direction")

    @property
    def shares(self) -> NDArray[np.float64]:
        """The share of each direction, ``(S,)``."""
        return self._shares

    def set_shares(self, shares: NDArray[np.float64], kept: int, share_of: str) -> None:
        """Show shares (S,) of ``share_of``, the first ``kept`` of which the bottleneck lets through."""
        self._shares, self._kept, self._share_of = shares, kept, share_of
        words = (f"{place + 1}: {in_words(share)}" for place, share in enumerate(shares))
        self.setAccessibleName(f"Explained {share_of} by direction")
        self.setAccessibleDescription(", ".join(words))
        self.update()

    def words_at(self, x: float) -> str:
        """Return the numbers of the direction at a place."""
        plot = self.plot()
        if not len(self._shares) or not plot.left() <= x < plot.right():
            return ""
        place = min(int((x - plot.left()) / plot.width() * len(self._shares)), len(self._shares) - 1)
        kept = "kept" if place < self._kept else "not kept by this bottleneck"
        sum_of = "" if place == 0 else f", the first {place + 1} together {in_words(self._shares[: place + 1].sum())}"
        return f"direction {place + 1}: {in_words(self._shares[place])} of the {self._share_of}{sum_of}; {kept}"

    def draw(self, painter: QPainter, plot: QRectF) -> None:
        """Draw the bars and the line of their sum."""
        if len(self._shares):
            self._draw_bars(painter, plot)
            self._draw_sum(painter, plot)

    def _draw_bars(self, painter: QPainter, plot: QRectF) -> None:
        theme, line = self._themes.theme, QFontMetricsF(small_font()).height()
        step = plot.width() / len(self._shares)
        every = max(1, round(QFontMetricsF(small_font()).horizontalAdvance("20 ") / step + 0.49))
        for place, share in enumerate(np.nan_to_num(self._shares).clip(0, 1)):
            height = max(1.0, float(share) * plot.height())
            bar = QRectF(plot.left() + (place + 0.14) * step, plot.bottom() - height, 0.72 * step, height)
            painter.fillRect(bar, QColor(theme.accent if place < self._kept else theme.edge))
            if place % every == 0:
                painter.setPen(QColor(theme.muted))
                middle = plot.left() + (place + 0.5) * step
                painter.drawText(QRectF(middle - line, plot.bottom() + 1, 2 * line, line), MIDDLE, str(place + 1))

    def _draw_sum(self, painter: QPainter, plot: QRectF) -> None:
        step = plot.width() / len(self._shares)
        heights = np.nan_to_num(self._shares).cumsum().clip(0, 1) * plot.height()
        points = [QPointF(plot.left() + (x + 0.5) * step, plot.bottom() - y) for x, y in enumerate(heights.tolist())]
        painter.setPen(QPen(QColor(self._themes.theme.text), 1.3))
        painter.drawPolyline(QPolygonF(points))
        painter.setBrush(QColor(self._themes.theme.text))
        painter.setPen(Qt.PenStyle.NoPen)
        for point in points:
            painter.drawEllipse(point, 1.8, 1.8)

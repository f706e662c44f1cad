"""KL per latent dimension as named bars."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.ui.decode.drawing import small_font
from explorer.ui.decode.way_rows import dimension_name, fixed
from explorer.ui.theme import ThemeSource

LINE = 1.5
FEW = 8
"""How many bars are shown until all are asked for."""
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class KlBars(QWidget):
    """Draws one bar for each latent dimension, in their order or the largest first."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._values: NDArray[np.float64] = np.empty(0)
        self._sorted = self._all = False
        self.setObjectName("kl_bars")
        self.setAccessibleName("KL per dimension in nats")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._fit_height)

    @property
    def values(self) -> NDArray[np.float64]:
        """The KL of each dimension in nats, ``(latent_dim,)``."""
        return self._values

    @property
    def shown(self) -> tuple[int, ...]:
        """The dimensions that are drawn, counted from 0, from top to bottom."""
        order = np.argsort(-self._values, kind="stable") if self._sorted else np.arange(len(self._values))
        return tuple(order[: None if self._all else FEW].tolist())

    def set_values(self, values: NDArray[np.float64]) -> None:
        """Show other bars; of the same number they change in place."""
        changed = len(values) != len(self._values)
        self._values = values
        words = (f"{dimension_name(place)} {fixed(value)}" for place, value in enumerate(values))
        self.setAccessibleDescription(", ".join(words))
        if changed:
            self._fit_height()
        self.update()

    @Slot(bool)
    def set_sorted(self, by_size: bool) -> None:
        """Show the largest first, or the dimensions in their order."""
        self._sorted = by_size
        self.update()

    @Slot(bool)
    def set_all(self, everything: bool) -> None:
        """Show every dimension, or the first few."""
        self._all = everything
        self._fit_height()
        self.update()

    def sizeHint(self) -> QSize:
        """Give the height of all bars."""
        return QSize(120, round(len(self.shown) * LINE * QFontMetricsF(small_font()).height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw name, bar and number of each dimension."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small_font())
        metrics, theme = QFontMetricsF(small_font()), self._themes.theme
        line, name, number = LINE * metrics.height(), metrics.horizontalAdvance("z₆₄") + 8, 4.2 * metrics.height()
        most = max(float(np.nanmax(self._values, initial=0.0)), 1e-9)
        track = QRectF(name, 0, max(1.0, self.width() - name - number), 5)
        painter.setPen(Qt.PenStyle.NoPen)
        for place, dimension in enumerate(self.shown):
            value = float(self._values[dimension])
            track.moveTop(place * line + line / 2 - track.height() / 2)
            self._draw_bar(painter, track, value / most)
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(0, place * line, name, line), LEFT, dimension_name(dimension))
            painter.setPen(QColor(theme.text))
            painter.drawText(QRectF(track.right(), place * line, number, line), RIGHT, fixed(value))
        painter.end()

    def _draw_bar(self, painter: QPainter, track: QRectF, share: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._themes.theme.hover))
        painter.drawRoundedRect(track, 2.5, 2.5)
        bar = QRectF(track)
        bar.setWidth(track.width() * float(np.clip(np.nan_to_num(share), 0, 1)))
        painter.setBrush(QColor(self._themes.theme.accent))
        painter.drawRoundedRect(bar, 2.5, 2.5)

    @Slot()
    def _fit_height(self) -> None:
        self.setFixedHeight(max(1, self.sizeHint().height()))
        self.update()

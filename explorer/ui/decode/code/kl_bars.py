"""KL per latent dimension as named bars."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.jobs.diagnosis.posterior_collapse import UNUSED_KL
from explorer.ui.decode.forward_pass.code_rows import dimension_name, fixed
from explorer.ui.pictures.drawing import small_font
from explorer.ui.theme.theme import ThemeSource

LINE = 1.5
PICK = "Click a bar to put that dimension on the horizontal axis of the plane"
MIN_LONGEST = 0.1
"""Nats: where every dimension has collapsed, the bars look it."""
FEW = 8
"""How many bars are shown until all are asked for."""
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class KlBars(QWidget):
    """Draws one bar for each latent dimension, in their order or the largest first.

    Signals
    -------
    picked : int
        The bar of a dimension, counted from 0, was clicked where that is of use (`set_axes`).
    """

    picked = Signal(int)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._values: NDArray[np.float64] = np.empty(0)
        self._sorted = self._all = False
        self._axes: tuple[int, ...] | None = None
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

    @property
    def longest(self) -> float:
        """The KL in nats that a whole bar stands for: the largest, yet no less than `MIN_LONGEST`."""
        known = self._values[np.isfinite(self._values)]
        return max(float(known.max(initial=0.0)), MIN_LONGEST)

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

    def set_axes(self, axes: tuple[int, ...] | None) -> None:
        """Mark the dimensions that the plane shows, and let bars be clicked; None where there is nothing to choose."""
        if axes != self._axes:
            self._axes = axes
            self.setCursor(Qt.CursorShape.ArrowCursor if axes is None else Qt.CursorShape.PointingHandCursor)
            self.setToolTip("" if axes is None else PICK)
            self.update()

    def dimension_at(self, height: float) -> int | None:
        """Return the dimension whose bar is drawn at a height in pixels."""
        row = int(height // (LINE * QFontMetricsF(small_font()).height()))
        return self.shown[row] if 0 <= row < len(self.shown) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick a dimension."""
        dimension = self.dimension_at(event.position().y())
        if self._axes is None or dimension is None or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        event.accept()
        self.picked.emit(dimension)

    def sizeHint(self) -> QSize:
        """Return the height of all bars."""
        return QSize(120, round(len(self.shown) * LINE * QFontMetricsF(small_font()).height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw name, bar and number of each dimension."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small_font())
        metrics, theme = QFontMetricsF(small_font()), self._themes.theme
        line, name, number = LINE * metrics.height(), metrics.horizontalAdvance("z₆₄") + 8, 4.2 * metrics.height()
        most = self.longest
        track = QRectF(name, 0, max(1.0, self.width() - name - number), 5)
        painter.setPen(Qt.PenStyle.NoPen)
        for place, dimension in enumerate(self.shown):
            value = float(self._values[dimension])
            track.moveTop(place * line + line / 2 - track.height() / 2)
            self._draw_bar(painter, track, value / most)
            is_axis = dimension in (self._axes or ())
            painter.setPen(QColor(theme.accent if is_axis else theme.muted))
            painter.drawText(QRectF(0, place * line, name, line), LEFT, dimension_name(dimension))
            painter.setPen(QColor(theme.text if value > UNUSED_KL else theme.muted))
            painter.drawText(QRectF(track.right(), place * line, number, line), RIGHT, _nats(value))
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


def _nats(value: float) -> str:
    """Return a KL so that the limit below which a dimension says nothing can be read off it."""
    return f"{value:.3f}" if abs(value) < 0.095 else fixed(value)

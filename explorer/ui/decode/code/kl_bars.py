"""Bar chart of the KL per latent dimension, in nats."""

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
"""Minimum full scale in nats, so that collapsed dimensions have visibly short bars."""
FEW = 8
"""Number of bars shown until all are asked for."""
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class KlBars(QWidget):
    """Draw one bar for each latent dimension, in their order or sorted by size.

    Signals
    -------
    picked : int
        The bar of a dimension, counted from 0, was clicked (only after `set_axes` allowed it).
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
        # Ignored: the bars take the panel's width; a preferred width would widen the panel.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._fit_height)

    @property
    def values(self) -> NDArray[np.float64]:
        """The KL of each dimension in nats, ``(latent_dim,)``."""
        return self._values

    @property
    def shown(self) -> tuple[int, ...]:
        """The dimensions drawn, counted from 0, from top to bottom."""
        # Stable: dimensions of equal KL keep their order from one report to the next.
        order = np.argsort(-self._values, kind="stable") if self._sorted else np.arange(len(self._values))
        return tuple(order[: None if self._all else FEW].tolist())

    @property
    def longest(self) -> float:
        """The KL in nats at full scale: the largest, at least `MIN_LONGEST`."""
        known = self._values[np.isfinite(self._values)]
        return max(float(known.max(initial=0.0)), MIN_LONGEST)

    def set_values(self, values: NDArray[np.float64]) -> None:
        """Show new values ``(latent_dim,)`` in nats; the height changes only with their number."""
        changed = len(values) != len(self._values)
        self._values = values
        words = (f"{dimension_name(index)} {fixed(value)}" for index, value in enumerate(values))
        self.setAccessibleDescription(", ".join(words))
        # A changed height lays the whole panel out again; during training only the values change.
        if changed:
            self._fit_height()
        self.update()

    @Slot(bool)
    def set_sorted(self, by_size: bool) -> None:
        """Sort by size, or show the dimensions in their order."""
        self._sorted = by_size
        self.update()

    @Slot(bool)
    def set_all(self, everything: bool) -> None:
        """Show every dimension, or the first `FEW`."""
        self._all = everything
        self._fit_height()
        self.update()

    def set_axes(self, axes: tuple[int, ...] | None) -> None:
        """Mark the dimensions that the plane shows, and allow clicks; None forbids them."""
        if axes != self._axes:
            self._axes = axes
            self.setCursor(Qt.CursorShape.ArrowCursor if axes is None else Qt.CursorShape.PointingHandCursor)
            self.setToolTip("" if axes is None else PICK)
            self.update()

    def dimension_at(self, height: float) -> int | None:
        """Return the dimension whose bar is at a height in pixels, or None."""
        row = int(height // (LINE * QFontMetricsF(small_font()).height()))
        return self.shown[row] if 0 <= row < len(self.shown) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Emit ``picked`` for the bar under the mouse."""
        dimension = self.dimension_at(event.position().y())
        if self._axes is None or dimension is None or event.button() != Qt.MouseButton.LeftButton:
            # Pass the press on, so that a click on bars that cannot be picked still reaches the panel.
            super().mousePressEvent(event)
            return
        event.accept()
        self.picked.emit(dimension)

    def sizeHint(self) -> QSize:
        """Return the preferred size for all bars, in pixels."""
        return QSize(120, round(len(self.shown) * LINE * QFontMetricsF(small_font()).height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw name, bar and number of each dimension."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(small_font())
            metrics, theme = QFontMetricsF(small_font()), self._themes.theme
            line, name, number = LINE * metrics.height(), metrics.horizontalAdvance("z₆₄") + 8, 4.2 * metrics.height()
            most = self.longest
            track = QRectF(name, 0, max(1.0, self.width() - name - number), 5)
            painter.setPen(Qt.PenStyle.NoPen)
            for index, dimension in enumerate(self.shown):
                value = float(self._values[dimension])
                track.moveTop(index * line + line / 2 - track.height() / 2)
                self._draw_bar(painter, track, value / most)
                is_axis = dimension in (self._axes or ())
                painter.setPen(QColor(theme.accent if is_axis else theme.muted))
                painter.drawText(QRectF(0, index * line, name, line), LEFT, dimension_name(dimension))
                painter.setPen(QColor(theme.text if value > UNUSED_KL else theme.muted))
                painter.drawText(QRectF(track.right(), index * line, number, line), RIGHT, _nats(value))

    def _draw_bar(self, painter: QPainter, track: QRectF, share: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._themes.theme.hover))
        painter.drawRoundedRect(track, 2.5, 2.5)
        bar = QRectF(track)
        # NaN while a model diverges: draw no bar, the number says it.
        bar.setWidth(track.width() * float(np.clip(np.nan_to_num(share), 0, 1)))
        painter.setBrush(QColor(self._themes.theme.accent))
        painter.drawRoundedRect(bar, 2.5, 2.5)

    @Slot()
    def _fit_height(self) -> None:
        self.setFixedHeight(max(1, self.sizeHint().height()))
        self.update()


def _nats(value: float) -> str:
    """Format a KL in nats; values near the limit of 0.01 nats get a third decimal."""
    return f"{value:.3f}" if abs(value) < 0.095 else fixed(value)

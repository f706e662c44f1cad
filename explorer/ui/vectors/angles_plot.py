"""The plot of the angles between a vector and its bootstrap draws."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.latent.directions.attribute_vector import AttributeVector, angle_histogram
from explorer.latent.directions.vector_verdict import degrees
from explorer.latent.steps import Absent
from explorer.ui.pictures.renderers import CENTRE, LEFT, RIGHT, small_font
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.vectors.vector_plots import PAD, round_ticks
from explorer.ui.widgets.identity import set_identity


class AnglesPlot(QWidget):
    """A histogram of the angles between the vector and its bootstrap draws, with the 95th percentile."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        tip = "Angles between the vector and vectors of resampled groups: small if the direction is certain"
        set_identity(self, "vector_angles", tip, "Angles of bootstrap draws")
        self._themes = themes
        self._angles: NDArray[np.float64] | None = None
        self._why = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        themes.changed.connect(self.update)

    def show_vector(self, vector: AttributeVector | None, why: str = "") -> None:
        """Show the angles of a vector; without them, ``why`` says so."""
        angles = None if vector is None or vector.certainty is None else vector.certainty.angles
        if isinstance(angles, Absent):
            why, angles = angles.why, None
        if angles is not self._angles or why != self._why:
            self._angles, self._why = angles, why
            said = why if angles is None else f"95 % below {degrees(float(np.percentile(angles, 95)))}"
            # For screen readers, which cannot read the bars.
            self.setAccessibleDescription(said)
            self.update()

    def sizeHint(self) -> QSize:
        """Return the preferred size in pixels."""
        return QSize(round(280 * self._themes.scale), round(112 * self._themes.scale))

    def minimumSizeHint(self) -> QSize:
        """Return a size at which the bars can be seen, in pixels."""
        return QSize(round(140 * self._themes.scale), round(84 * self._themes.scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bars and the line of 95 %."""
        theme, scale, pad = self._themes.theme, self._themes.scale, PAD * self._themes.scale
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.plane))
            painter.drawRoundedRect(QRectF(self.rect()), 4 * scale, 4 * scale)
            painter.setFont(small_font())
            painter.setPen(QColor(theme.muted))
            metrics = painter.fontMetrics()
            line, room = metrics.height(), self.width() - 2 * pad
            count = 0 if self._angles is None else len(self._angles)
            forms = (f"Angle to the vector, {count:,} bootstrap draws", f"Angle, {count:,} draws", "Angle")
            title = next((one for one in forms if metrics.horizontalAdvance(one) <= room), forms[-1])
            painter.drawText(QRectF(pad, 2 * scale, room, line), LEFT, title if count else "Angle to the vector")
            area = QRectF(pad, line + 8 * scale, room, self.height() - 2 * line - 10 * scale)
            if self._angles is None:
                painter.drawText(area, int(CENTRE | Qt.TextFlag.TextWordWrap), self._why)
            else:
                self._draw_bars(painter, self._angles, area)

    def _draw_bars(self, painter: QPainter, angles: NDArray[np.float64], area: QRectF) -> None:
        theme, scale, metrics = self._themes.theme, self._themes.scale, painter.fontMetrics()
        counts, edges = angle_histogram(angles)
        wide, last = float(np.percentile(angles, 95)), float(edges[-1]) or 1.0
        for count, low, high in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            left, right = (area.left() + value / last * area.width() for value in (low, high))
            # A line of text is left above the highest bar, for the words beside the line of 95 %.
            height = count / max(1, int(counts.max())) * (area.height() - metrics.height())
            # Muted beyond the line: these are the 5 % that the figure leaves out.
            colour = QColor(theme.accent if low < wide else theme.edge)
            # A pixel between two bars; at least one wide, so that a certain direction still has bars.
            painter.fillRect(QRectF(left + 0.5, area.bottom() - height, max(1.0, right - left - 1), height), colour)
        x = area.left() + wide / last * area.width()
        painter.setPen(QPen(QColor(theme.text), 1.2 * scale))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        words = f"95 %: {degrees(wide)}"
        room = metrics.horizontalAdvance(words) + 6
        # Near the right edge the words are at the left of the line.
        is_left = x + room + 4 > area.right()
        box = QRectF(x - room - 4 if is_left else x + 4, area.top(), room, metrics.height())
        painter.drawText(box, RIGHT if is_left else LEFT, words)
        painter.setPen(QColor(theme.muted))
        below = QRectF(area.left(), area.bottom(), area.width(), metrics.height() + 2 * scale)
        painter.drawText(below, LEFT, "0°")
        for tick in round_ticks(0.0, last):
            centre = area.left() + tick / last * area.width()
            half = metrics.horizontalAdvance(f"{tick:g}°") / 2 + 2
            if centre + half <= self.width():
                painter.drawText(QRectF(centre - half, below.top(), 2 * half, below.height()), CENTRE, f"{tick:g}°")

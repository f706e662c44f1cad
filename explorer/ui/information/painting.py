"""What the painters of the Information window share: colours, fonts, axes with ticks, sizes, and panels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from explorer.latent.information.discrete import Values
from explorer.latent.information.rounding import number_text
from explorer.rendering.drawing import number, tick_step, tick_values
from explorer.rendering.palette import INFORMATION_COLOURS
from explorer.ui.pictures.renderers import CENTRE, RIGHT, small_font
from explorer.ui.theme.theme import Theme, ThemeSource

Tone = Literal["truth", "belief", "kl"]
FACTORS = (1.0, 2.0, 2.5, 5.0, 10.0)
"""Round steps of ticks, times a power of ten."""


def tone_colour(theme: Theme, tone: Tone) -> QColor:
    """Return the colour of P, Q or their KL."""
    return QColor(INFORMATION_COLOURS[theme.dark][tone])


def tone_html(theme: Theme, tone: Tone, text: str) -> str:
    """Return a text in the colour of P, Q or their KL, in bold, as rich text."""
    return f'<b style="color:{INFORMATION_COLOURS[theme.dark][tone]}">{text}</b>'


def both_directions_html(theme: Theme, parts: Sequence[tuple[str, str, str]]) -> str:
    """Return KL in both directions as rich text; each part is a name, a value and, if not "", what it means."""
    muted = f'<span style="color:{theme.muted}">'
    texts = [f"{name}&nbsp;<b>{value}</b>" for name, value, _ in parts]
    meanings = [f"&nbsp; {muted}{words.replace(' ', '&nbsp;')}</span>" if words else "" for _, _, words in parts]
    shown = " &nbsp; ".join(text + meaning for text, meaning in zip(texts, meanings, strict=True))
    return f"{muted}Both directions:</span> {shown}"


@dataclass(frozen=True)
class Scale:
    """A linear map from values to pixels."""

    low: float
    high: float
    start: float
    stop: float

    def position(self, value: float) -> float:
        """Return the pixel of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.stop - self.start)

    def positions(self, values: Values) -> Values:
        """Return the pixels of values."""
        return np.asarray(self.start + (values - self.low) / (self.high - self.low) * (self.stop - self.start))

    def value(self, position: float) -> float:
        """Return the value of a pixel."""
        return self.low + (position - self.start) / (self.stop - self.start) * (self.high - self.low)


def ticks(low: float, high: float, max_parts: int) -> list[float]:
    """Return round values from low to high, which divide that range into at most ``max_parts`` parts."""
    # A range of width 0, as for equal values, still needs a step.
    return tick_values(low, high, tick_step(max(high - low, 1e-12), max_parts, FACTORS))


def draw_grid(painter: QPainter, theme: Theme, scale: Scale, values: list[float], top: float, bottom: float) -> None:
    """Draw a vertical line for each tick."""
    painter.setPen(QPen(QColor(theme.line), 1))
    for value in values:
        x = round(scale.position(value)) + 0.5
        painter.drawLine(QPointF(x, top), QPointF(x, bottom))


def draw_numbers(
    painter: QPainter, theme: Theme, scale: Scale, values: list[float], top: float, width: float, unit: str = ""
) -> None:
    """Draw the numbers of the ticks below ``top``; those that would touch are left out; the last has the unit.

    They stay within ``width`` pixels.
    """
    # From the left: a number that would touch the one before it is left out.
    metrics = QFontMetricsF(small_font())
    painter.setFont(small_font())
    painter.setPen(QColor(theme.muted))
    free = -1e9
    for index, value in enumerate(values):
        text = number(value, 6) + (f" {unit}" if unit and index == len(values) - 1 else "")
        room = metrics.horizontalAdvance(text) + 2
        left = min(max(0.0, scale.position(value) - room / 2), width - room)
        if left > free:
            painter.drawText(QRectF(left, top, room, metrics.height()), CENTRE, text)
            free = left + room + 4


def draw_levels(painter: QPainter, theme: Theme, scale: Scale, values: list[float], left: float, right: float) -> None:
    """Draw a horizontal line for each tick, with its number at the left."""
    metrics = QFontMetricsF(small_font())
    painter.setFont(small_font())
    # All numbers of an axis have the same decimals, as many as the finest needs.
    digits = 2 if any(abs(value * 10 - round(value * 10)) > 1e-6 for value in values) else 1
    digits = 0 if all(abs(value - round(value)) < 1e-6 for value in values) else digits
    for value in values:
        y = round(scale.position(value)) + 0.5
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(QPointF(left, y), QPointF(right, y))
        painter.setPen(QColor(theme.muted))
        box = QRectF(0, y - metrics.height() / 2, left - 6, metrics.height())
        painter.drawText(box, RIGHT, number_text(value, digits))


def polyline(x: Values, y: Values) -> QPolygonF:
    """Return points as a polygon of Qt."""
    return QPolygonF([QPointF(one, other) for one, other in zip(x.tolist(), y.tolist(), strict=True)])


def draw_handle(painter: QPainter, theme: Theme, centre: QPointF, radius: float, colour: QColor, *, dot: bool) -> None:
    """Draw a handle that can be dragged: a ring, or an upright box."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 0.45 * radius))
    painter.setBrush(QColor(theme.panel))
    if dot:
        painter.drawEllipse(centre, radius, radius)
    else:
        box = QRectF(centre.x() - 0.8 * radius, centre.y() - 1.25 * radius, 1.6 * radius, 2.5 * radius)
        painter.drawRoundedRect(box, 0.5 * radius, 0.5 * radius)


def draw_focus(painter: QPainter, theme: Theme, scale: float, widget: QWidget) -> None:
    """Draw a ring inside the edges of a widget that has the focus."""
    if widget.hasFocus():
        # Half the pen stays inside the widget, which would cut it off.
        width = max(1.5, 1.5 * scale)
        painter.setPen(QPen(QColor(theme.accent), width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        inside = QRectF(widget.rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2)
        painter.drawRoundedRect(inside, 4 * scale, 4 * scale)


class PagePlot(QWidget):
    """A plot that fills the remaining room of a page, above a minimum size.

    Parameters
    ----------
    size, min_size
        Preferred and minimum width and height in pixels at text scale 1.
    """

    def __init__(
        self, themes: ThemeSource, size: tuple[int, int], min_size: tuple[int, int], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._themes, self._size, self._min_size = themes, size, min_size
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        # Layouts cache a size hint until `updateGeometry` is called.
        themes.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        """Return the preferred size in pixels."""
        return QSize(*(round(side * self._themes.scale) for side in self._size))

    def minimumSizeHint(self) -> QSize:
        """Return the minimum size in pixels."""
        return QSize(*(round(side * self._themes.scale) for side in self._min_size))


class PagePanel(QFrame):
    """A panel of the window, with its contents in a column."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.setProperty("panel", "true")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(*(round(margin * scale) for margin in (16, 10, 16, 12)))
        self.column.setSpacing(round(6 * scale))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

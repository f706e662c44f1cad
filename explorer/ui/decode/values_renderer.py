"""Named values: a row for each feature, its value in its own unit, and how far it lies from the data's mean."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter

from explorer.data.dataset import Description
from explorer.ui.decode.drawing import blank, number, painting, small_font
from explorer.ui.decode.renderers import Canvas, renders

FULL_SIDE = 3.0
"""How many standard deviations of the data fill one side of a bar."""
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class _Row:
    name: str
    value: float
    deviation: float
    real_deviation: float | None


@renders("vector")
def render_values(values: NDArray[Any], description: Description, canvas: Canvas, over: NDArray[Any] | None) -> QImage:
    """List a vector's features ``(F,)``; a mark on each bar is the real sample's value where ``over`` is given."""
    rows = _rows(values, description, over)
    metrics = QFontMetricsF(small_font())
    if canvas.size < 15 * metrics.height():
        return _draw_bars_alone(rows, canvas)
    height = 1.35 * metrics.height()
    fitting = max(2, int(canvas.size / height))
    shown = len(rows) if len(rows) <= fitting else fitting - 1
    image = blank(canvas, canvas.size, min(len(rows), fitting) * height)
    with painting(image) as painter:
        for place, row in enumerate(rows[:shown]):
            _draw_row(painter, QRectF(0, place * height, canvas.size, height), row, canvas, metrics)
        if shown < len(rows):
            painter.setPen(QColor(canvas.theme.muted))
            rest = QRectF(0, shown * height, canvas.size, height)
            painter.drawText(rest, LEFT, f"… and {len(rows) - shown} more")
    return image


def _rows(values: NDArray[Any], description: Description, over: NDArray[Any] | None) -> list[_Row]:
    names = description.feature_names or tuple(f"feature {place + 1}" for place in range(description.features))
    deviations = description.transform.apply(np.asarray(values)).tolist()
    real = [None] * len(names) if over is None else description.transform.apply(np.asarray(over)).tolist()
    numbers = np.asarray(values, np.float64).tolist()
    return [_Row(*row) for row in zip(names, numbers, deviations, real, strict=True)]


def _draw_row(painter: QPainter, place: QRectF, row: _Row, canvas: Canvas, metrics: QFontMetricsF) -> None:
    name_width, value_width = place.width() * 0.42, max(metrics.horizontalAdvance("−0.00000"), place.width() * 0.2)
    name = QRectF(place.left(), place.top(), name_width, place.height())
    painter.setPen(QColor(canvas.theme.text))
    painter.drawText(name, LEFT, metrics.elidedText(row.name, Qt.TextElideMode.ElideMiddle, name_width - 4))
    painter.setPen(QColor(canvas.theme.muted))
    painter.drawText(QRectF(name.right(), place.top(), value_width, place.height()), RIGHT, number(row.value))
    left = name.right() + value_width + 8
    _draw_bar(painter, QRectF(left, place.top(), place.right() - left, place.height()), row, canvas)


def _draw_bars_alone(rows: list[_Row], canvas: Canvas) -> QImage:
    """Draw what a thumbnail has room for: one bar under the other."""
    image = blank(canvas, canvas.size, canvas.size)
    height = canvas.size / len(rows)
    with painting(image) as painter:
        for place, row in enumerate(rows):
            _draw_bar(painter, QRectF(0, place * height, canvas.size, height), row, canvas)
    return image


def _draw_bar(painter: QPainter, place: QRectF, row: _Row, canvas: Canvas) -> None:
    """Draw a bar from the middle, the data's mean, to the value's deviation."""
    inset = min(place.height() * 0.3, 5.0)
    track = place.adjusted(0, inset, 0, -inset)
    painter.fillRect(track, QColor(canvas.theme.hover))
    middle, end = track.center().x(), _end(track, row.deviation)
    bar = QRectF(min(middle, end), track.top(), abs(end - middle), track.height())
    painter.fillRect(bar, QColor(canvas.theme.accent))
    if row.real_deviation is not None:
        mark = QRectF(_end(track, row.real_deviation) - 1, place.top() + inset / 2, 2, place.height() - inset)
        painter.fillRect(mark, QColor(canvas.theme.text))


def _end(track: QRectF, deviation: float) -> float:
    share = float(np.clip(np.nan_to_num(deviation) / FULL_SIDE, -1, 1))
    return track.center().x() + share * track.width() / 2

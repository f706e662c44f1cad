"""Signals: a line over the axis with its unit, the real one beneath the decoded."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen, QPolygonF

from explorer.data.dataset import Axis, Description
from explorer.ui.decode.drawing import blank, number, painting, small_font
from explorer.ui.decode.renderers import Canvas, renders

PROPORTION = 0.62
"""Height over width of a drawing with axes; without, of a small one, it is square."""


@dataclass(frozen=True)
class _Plot:
    """A plot's place in logical pixels and the values at its edges."""

    area: QRectF
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def line(self, x: NDArray[Any], y: NDArray[Any]) -> QPolygonF:
        across = self.area.left() + _share(x, self.x_range) * self.area.width()
        down = self.area.bottom() - _share(y, self.y_range) * self.area.height()
        return QPolygonF([QPointF(*point) for point in zip(across.tolist(), down.tolist(), strict=True)])


@renders("signal")
def render_signal(values: NDArray[Any], description: Description, canvas: Canvas, over: NDArray[Any] | None) -> QImage:
    """Draw a signal ``(F,)``; beneath it, broader and muted, the real one where ``over`` is given."""
    axis = description.axis
    assert axis is not None
    metrics = QFontMetricsF(small_font())
    small = canvas.size < 12 * metrics.height()
    width, height = canvas.size, canvas.size if small else canvas.size * PROPORTION
    curves = [values] if over is None else [over, values]
    y_range = _reach(description.value_range, curves)
    area = QRectF(0, 2, width, height - 4) if small else _area(metrics, width, height, y_range)
    plot = _Plot(area, _reach((), [axis.values]), y_range)
    image = blank(canvas, width, height)
    with painting(image) as painter:
        if not small:
            _draw_axes(painter, plot, axis, canvas, metrics)
        for place, curve in enumerate(curves):
            painter.setPen(_pen(canvas, decoded=place == len(curves) - 1, small=small))
            painter.drawPolyline(_ordered(plot, axis.values, curve))
        if over is not None and not small:
            _draw_legend(painter, plot, canvas, metrics)
    return image


def _area(metrics: QFontMetricsF, width: float, height: float, y_range: tuple[float, float]) -> QRectF:
    gutter = max(metrics.horizontalAdvance(number(value, 3)) for value in y_range) + 8
    top, foot = 1.3 * metrics.height(), 2.5 * metrics.height()
    return QRectF(gutter, top, max(1.0, width - gutter - 8), max(1.0, height - top - foot))


def _ordered(plot: _Plot, x: NDArray[np.float64], y: NDArray[Any]) -> QPolygonF:
    order = np.argsort(x, kind="stable")
    return plot.line(x[order], np.nan_to_num(np.asarray(y, np.float64)[order], posinf=0, neginf=0))


def _pen(canvas: Canvas, *, decoded: bool, small: bool) -> QPen:
    colour = QColor(canvas.theme.accent if decoded else canvas.theme.muted)
    width = (1.2 if small else 1.8) * (1.0 if decoded else 2.2)
    if not decoded:
        colour.setAlphaF(0.55)
    return QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def _draw_axes(painter: QPainter, plot: _Plot, axis: Axis, canvas: Canvas, metrics: QFontMetricsF) -> None:
    area, muted = plot.area, QColor(canvas.theme.muted)
    painter.setPen(QPen(QColor(canvas.theme.line), 1))
    painter.drawLine(area.topLeft(), area.bottomLeft())
    painter.drawLine(area.bottomLeft(), area.bottomRight())
    painter.setPen(muted)
    side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    for value, y in zip(plot.y_range, (area.bottom(), area.top()), strict=True):
        box = QRectF(0, y - metrics.height() / 2, area.left() - 5, metrics.height())
        painter.drawText(box, side, number(value, 3))
    foot = QRectF(area.left(), area.bottom() + 3, area.width(), metrics.height())
    painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, number(plot.x_range[0], 3))
    painter.drawText(foot, Qt.AlignmentFlag.AlignRight, number(plot.x_range[1], 3))
    painter.setPen(QColor(canvas.theme.text))
    title = f"{axis.name} ({axis.unit})" if axis.unit else axis.name
    shown = metrics.elidedText(title, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(foot.translated(0, 1.15 * metrics.height()), Qt.AlignmentFlag.AlignHCenter, shown)


def _draw_legend(painter: QPainter, plot: _Plot, canvas: Canvas, metrics: QFontMetricsF) -> None:
    right = plot.area.right()
    for name, decoded in (("decoded", True), ("real", False)):
        width = metrics.horizontalAdvance(name)
        painter.setPen(QColor(canvas.theme.muted))
        painter.drawText(QPointF(right - width, metrics.ascent()), name)
        painter.setPen(_pen(canvas, decoded=decoded, small=False))
        y = metrics.height() / 2
        painter.drawLine(QPointF(right - width - 20, y), QPointF(right - width - 6, y))
        right -= width + 34


def _reach(declared: tuple[float, ...], curves: list[NDArray[Any]]) -> tuple[float, float]:
    """Give the declared range, wide enough for the curves too."""
    finite = [curve[np.isfinite(curve)] for curve in map(np.asarray, curves)]
    values = np.concatenate([*finite, np.asarray(declared, np.float64)])
    return (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)


def _share(values: NDArray[Any], value_range: tuple[float, float]) -> NDArray[np.float64]:
    low, high = value_range
    return (np.asarray(values, np.float64) - low) / ((high - low) or 1.0)

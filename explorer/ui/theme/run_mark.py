"""The colours and shapes of runs: how the mark of a run is drawn, large on a head and small at the end of a curve."""

from math import cos, pi, sin

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from explorer.rendering.palette import RUN_COLOURS
from explorer.rendering.theme import Theme

SHAPES = ("square", "triangle", "diamond", "plus")
"""One shape for each mark, so that runs are told apart without their colours."""
SYMBOLS = ("s", "t1", "d", "+")
"""The same shapes as pyqtgraph names them."""
# Factors by which shapes of equal weight to the eye differ from a square of side 1.
_FACTORS = {"square": 0.86, "triangle": 1.06, "diamond": 1.16, "plus": 1.0}


def mark_colour(mark: int | None, theme: Theme) -> QColor:
    """Return the colour of a mark; grey for a run that is not in view (None)."""
    return QColor(theme.edge if mark is None else RUN_COLOURS[theme.dark][mark])


def mark_path(mark: int, centre: QPointF, side: float) -> QPainterPath:
    """Return the outline of a mark that is about ``side`` pixels wide."""
    shape = SHAPES[mark]
    side *= _FACTORS[shape]
    half = side / 2
    path = QPainterPath()
    if shape == "square":
        path.addRoundedRect(QRectF(centre.x() - half, centre.y() - half, side, side), side / 8, side / 8)
    elif shape == "triangle":
        # The centroid of a triangle is at a third of its height.
        height = side * 0.92
        path.addPolygon(_polygon(centre, ((0, -2 * height / 3), (half, height / 3), (-half, height / 3))))
    elif shape == "diamond":
        path.addPolygon(_polygon(centre, ((0, -half), (half, 0), (0, half), (-half, 0))))
    else:
        arm = side / 6
        path.addRect(QRectF(centre.x() - half, centre.y() - arm, side, 2 * arm))
        upright = QPainterPath()
        upright.addRect(QRectF(centre.x() - arm, centre.y() - half, 2 * arm, side))
        path = path.united(upright)
    path.closeSubpath()
    return path


def draw_mark(painter: QPainter, centre: QPointF, side: float, mark: int | None, theme: Theme) -> None:
    """Draw the mark of a run; a hollow grey hexagon for a run that is not in view (None)."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if mark is None:
        painter.setPen(QPen(mark_colour(None, theme), max(1.0, side / 9)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolygon(_hexagon(centre, 0.46 * side))
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mark_colour(mark, theme))
        painter.drawPath(mark_path(mark, centre, side))
    painter.restore()


def mark_pixmap(mark: int | None, theme: Theme, side: int, ratio: float = 1.0) -> QPixmap:
    """Return a mark on a transparent square of ``side`` pixels, at a device's pixel ratio."""
    pixmap = QPixmap(round(side * ratio), round(side * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        draw_mark(painter, QPointF(side / 2, side / 2), 0.86 * side, mark, theme)
    return pixmap


def _polygon(centre: QPointF, corners: tuple[tuple[float, float], ...]) -> QPolygonF:
    polygon = QPolygonF([QPointF(centre.x() + x, centre.y() + y) for x, y in corners])
    polygon.append(polygon.first())
    return polygon


def _hexagon(centre: QPointF, radius: float) -> QPolygonF:
    return QPolygonF(
        [
            QPointF(centre.x() + radius * sin(corner * pi / 3), centre.y() - radius * cos(corner * pi / 3))
            for corner in range(6)
        ]
    )

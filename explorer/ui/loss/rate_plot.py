"""The rate–distortion curve of a β ladder: one point for each run, moving while it trains."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGraphicsItem, QLabel, QStyleOptionGraphicsItem, QToolTip, QWidget

from explorer.jobs.experiments.loss_findings import RatePoint, Split
from explorer.latent.evaluation.figure_text import rounded
from explorer.latent.information.discrete import NATS, Unit
from explorer.ui.curves.curve_axes import EDGE, UnitAxis, plot_font, style_axis
from explorer.ui.theme.theme import Theme
from explorer.ui.widgets.identity import set_identity

AWAY = 5.0
"""Distance in pixels between a point and its name."""
STEP = 4.0
"""Distance in pixels between the sampled points of the line, which names must not cover."""


class RateMarks(QGraphicsItem):
    """Draws a disc for each run (open while it trains), and its name if there is room."""

    def __init__(self, box: pg.ViewBox) -> None:
        super().__init__(box)
        self._box = box
        self._font = QFont()
        self._text, self._accent, self._ground, self._radius = "#808080", "#808080", "#000000", 4.0
        self._points: tuple[RatePoint, ...] = ()
        self.setZValue(10)  # above the curve

    def apply_theme(self, font: QFont, text: str, accent: str, ground: str, radius: float) -> None:
        """Set the font and colour of names, colour and radius of discs, and the background colour."""
        self._font, self._text, self._accent, self._ground, self._radius = QFont(font), text, accent, ground, radius
        self.update()

    def set_points(self, points: tuple[RatePoint, ...]) -> None:
        """Show these runs."""
        self._points = points
        self.update()

    def positions(self) -> list[tuple[QPointF, RatePoint]]:
        """Return the position of each run in the pixels of the view box."""
        return [(self._box.mapFromView(pg.Point(point.rate, point.distortion)), point) for point in self._points]

    def boundingRect(self) -> QRectF:
        """Return the whole plot's area."""
        return QRectF(self._box.rect())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the discs, then the names."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        positions = self.positions()
        for position, point in positions:
            painter.setPen(QPen(QColor(self._accent), 0.45 * self._radius))
            painter.setBrush(QColor(self._ground if point.training else self._accent))
            painter.drawEllipse(position, self._radius, self._radius)
        painter.setFont(self._font)
        painter.setPen(QColor(self._text))
        for area, name in self._names(positions):
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)

    def _names(self, positions: list[tuple[QPointF, RatePoint]]) -> list[tuple[QRectF, str]]:
        """Return the names that fit, each at the best free position around its point; names never overlap."""
        metrics, whole = QFontMetricsF(self._font), self.boundingRect()
        # Rectangles that names must avoid: discs, the line, and names placed before.
        taken = [QRectF(at.x() - 4, at.y() - 4, 8, 8) for at, _ in positions]
        taken += [QRectF(at.x() - 1, at.y() - 1, 2, 2) for at in _along([at for at, _ in positions])]
        found: list[tuple[QRectF, str]] = []
        for position, point in positions:
            size = QRectF(0, 0, metrics.horizontalAdvance(point.title) + 2, metrics.height())
            # The first free position wins; a name without one is left out, and shown by the tooltip.
            for corner in _corners(position, size, AWAY + self._radius):
                area = QRectF(corner, size.size())
                if whole.contains(area) and not any(area.intersects(other) for other in taken):
                    taken.append(area)
                    found.append((area, point.title))
                    break
        return found


def _along(positions: list[QPointF]) -> list[QPointF]:
    """Return points along the polyline through ``positions``, `STEP` pixels apart."""
    found = []
    for start, end in pairwise(positions):
        steps = max(1, round((end - start).manhattanLength() / STEP))
        found += [start + (end - start) * (step / steps) for step in range(steps)]
    return found


def _corners(position: QPointF, size: QRectF, away: float) -> tuple[QPointF, ...]:
    """Return possible top left corners of a name around its point, the best first."""
    x, y, width, height = position.x(), position.y(), size.width(), size.height()
    return (
        QPointF(x + away * 0.7, y - height - away * 0.2),
        QPointF(x + away, y - height / 2),
        QPointF(x - width - away * 0.7, y + away * 0.2),
        QPointF(x - width - away, y - height / 2),
        QPointF(x - width / 2, y + away * 0.7),
        QPointF(x - width / 2, y - height - away * 0.7),
        QPointF(x - width + away * 0.7, y - height - away * 0.7),
        QPointF(x - width + away * 0.7, y + away * 0.7),
    )


PADDING = 0.12
"""Margin around the points, as a share of their range."""
REACH = 14.0
"""Distance in pixels within which the mouse is on a point."""
MIN_RANGE = 0.5
"""Minimum range of an axis, so that nearly equal runs are not spread over the plot."""
RATE, DISTORTION = "rate (KL, {})", "distortion (−log p(x|z), {})"


class RatePlot(pg.GraphicsView):  # type: ignore[misc]
    """Rate on the x axis, distortion on the y axis.

    A solid line joins the runs by rising β; a dashed line has equal ELBO.

    Signals
    -------
    chosen : Path
        Folder of the run whose point was clicked.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "curve_rate_distortion", accessible="Rate–distortion curve")
        self._points: tuple[RatePoint, ...] = ()
        self._split: Split = "validation"
        self._unit = NATS
        self._font, self._muted = QFont(), "#808080"
        self._box = pg.ViewBox(enableMenu=False, enableMouse=False, defaultPadding=0)
        self._box.disableAutoRange()
        self._line = pg.PlotCurveItem(antialias=True)
        self._equal = pg.PlotCurveItem(antialias=True)
        for item in (self._equal, self._line):
            self._box.addItem(item, ignoreBounds=True)
        self._marks = RateMarks(self._box)
        self._left, self._bottom = UnitAxis("left"), pg.AxisItem("bottom", maxTickLength=-3)
        self._bottom.enableAutoSIPrefix(False)
        self._arrange()
        self._notice = QLabel(self, wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        self._notice.setProperty("role", "muted")
        self.setMouseTracking(True)

    @property
    def points(self) -> tuple[RatePoint, ...]:
        """The runs drawn, in nats."""
        return self._points

    def apply_theme(self, theme: Theme, scale: float) -> None:
        """Set colours and sizes."""
        font = plot_font(self, scale)
        self.setBackground(theme.panel)
        for axis in (self._left, self._bottom):
            style_axis(axis, font, theme, scale)
            axis.setGrid(70)
        self._left.apply_theme(font, theme.muted)
        self._font, self._muted = font, theme.muted
        self._name_axes()
        self._line.setPen(pg.mkPen(theme.accent, width=1.4 * scale))
        self._equal.setPen(pg.mkPen(theme.edge, width=scale, style=Qt.PenStyle.DashLine))
        self._marks.apply_theme(font, theme.text, theme.accent, theme.panel, 4.0 * scale)

    def show_points(self, split: Split, points: tuple[RatePoint, ...], notice: str = "", unit: Unit = NATS) -> None:
        """Draw these runs in a unit, by rising β, or show a notice if there are none."""
        self._split, self._points = split, points
        if unit != self._unit:
            self._unit = unit
            self._name_axes()
        factor = unit.per_nat
        shown = tuple(replace(one, rate=one.rate * factor, distortion=one.distortion * factor) for one in points)
        rates = np.array([point.rate for point in shown])
        distortions = np.array([point.distortion for point in shown])
        self._line.setData(rates, distortions)
        self._marks.set_points(shown)
        if len(points):
            self._show_range(rates, distortions)
        best = max(shown, key=lambda point: point.elbo, default=None)
        # Points of equal ELBO = −(rate + distortion) are on a line of slope −1; it is drawn through the best run.
        ends = np.array(self._box.viewRange()[0])
        self._equal.setData(*((ends, -best.elbo - ends) if best is not None else ([], [])))
        for axis in (self._left, self._bottom):
            axis.setVisible(bool(points))
        self._notice.setText("" if points else notice)
        self._notice.setVisible(not points)
        said = [self.words(point) for point in points]
        self.setAccessibleDescription("; ".join(said) or notice)

    def words(self, point: RatePoint) -> str:
        """Return a point's numbers as text."""
        state = "in training, " if point.training else ""
        values = (point.rate, point.distortion, point.elbo)
        kl, reconstruction, elbo = (rounded(value * self._unit.per_nat) for value in values)
        return (
            f"{point.title}: KL {kl}, reconstruction {reconstruction}, ELBO "
            f"{elbo} {self._unit.name} per sample ({self._split} split; {state}{point.epoch:.3g} of "
            f"{point.epochs} epochs)"
        )

    def point_at(self, position: QPointF) -> RatePoint | None:
        """Return the run at a position of this widget, or None."""
        at = self._box.mapFromScene(self.mapToScene(position.toPoint()))
        near = [((at - mark).manhattanLength(), index) for index, (mark, _) in enumerate(self._marks.positions())]
        distance, index = min(near, default=(REACH + 1, 0))
        return self._points[index] if distance <= REACH else None

    def position_of(self, point: RatePoint) -> QPointF:
        """Return the position of a run in this widget, in pixels."""
        scene = self._box.mapViewToScene(
            pg.Point(point.rate * self._unit.per_nat, point.distortion * self._unit.per_nat)
        )
        return QPointF(self.mapFromScene(scene))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show the numbers of the point under the mouse."""
        point = self.point_at(event.position())
        self.setCursor(Qt.CursorShape.PointingHandCursor if point is not None else Qt.CursorShape.ArrowCursor)
        if point is None:
            QToolTip.hideText()
        else:
            QToolTip.showText(event.globalPosition().toPoint(), f"{self.words(point)}. Click: show this run", self)

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the tooltip."""
        super().leaveEvent(event)
        QToolTip.hideText()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Emit ``chosen`` for a clicked point."""
        point = self.point_at(event.position())
        if point is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(point.path)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Do nothing: the press has chosen a run already."""

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Leave the context menu to the panel."""
        event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the area that scrolls."""
        event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the notice in the middle."""
        super().resizeEvent(event)
        if hasattr(self, "_notice"):  # pyqtgraph resizes once in its own constructor
            self._notice.setGeometry(self.rect().adjusted(8, 0, -8, 0))

    def _arrange(self) -> None:
        grid = pg.GraphicsLayout()
        grid.setContentsMargins(0, 4, EDGE, 0)
        grid.setSpacing(0)
        grid.addItem(self._left, 0, 0)
        grid.addItem(self._box, 0, 1)
        grid.addItem(self._bottom, 1, 1)
        self._left.linkToView(self._box)
        self._bottom.linkToView(self._box)
        self.setCentralItem(grid)

    def _name_axes(self) -> None:
        self._left.set_unit(DISTORTION.format(self._unit.name))
        self._bottom.setLabel(RATE.format(self._unit.name), color=self._muted)
        self._bottom.label.setFont(self._font)

    def _show_range(self, rates: np.ndarray, distortions: np.ndarray) -> None:
        spans = []
        for values in (rates, distortions):
            low, high = float(values.min()), float(values.max())
            # A range below the minimum is widened on both sides, so that its points stay in the middle.
            room = PADDING * max(high - low, MIN_RANGE) + max(0.0, MIN_RANGE - (high - low)) / 2
            spans.append((low - room, high + room))
        self._box.setRange(xRange=spans[0], yRange=spans[1], padding=0)

"""The strip of decodes at strengths from −2 to 2, its slider, and the distance to the nearest code below it.

All share an axis (`PathAxis`) on which t = 0 is the lowest strength and t = 1 the highest.
"""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from explorer.data.dataset import Description
from explorer.latent.directions.applied_vector import STRENGTHS, AppliedVector, NearestCodes
from explorer.latent.steps import Absent
from explorer.rendering.drawing import number
from explorer.ui.path.over_t.film_strip import Film
from explorer.ui.path.over_t.path_axis import PathAxis
from explorer.ui.path.over_t.path_plots import MIN_HEIGHT, MeasureLine, OverTPlot
from explorer.ui.path.over_t.path_slider import HANDLE, AxisSlider
from explorer.ui.pictures.renderers import CENTRE, LEFT, small_font
from explorer.ui.theme.theme import ThemeSource

LOWEST, HIGHEST = STRENGTHS[0], STRENGTHS[-1]
TICKS = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)


def t_of(strength: float) -> float:
    """Return the position of a strength on the axis, from 0 to 1; strengths beyond the ends are at the ends."""
    return min(max((strength - LOWEST) / (HIGHEST - LOWEST), 0.0), 1.0)


def strength_at(t: float) -> float:
    """Return the strength at a position of the axis."""
    return LOWEST + t * (HIGHEST - LOWEST)


def applied_film(applied: AppliedVector, description: Description) -> Film:
    """Return the decodes along a vector; those where there is no data are underlined."""
    t = np.array([t_of(strength) for strength in applied.strengths.tolist()])
    underlined = () if isinstance(applied.nearest, Absent) else tuple(applied.nearest.no_data.tolist())
    return Film(applied.decodes, t, description, underlined)


class StrengthSlider(AxisSlider):
    """The slider of the strength; the groove is filled from 0. A press anywhere begins a drag there."""

    @property
    def strength(self) -> float:
        """The strength, rounded to hundredths."""
        # Hundredths, as the number box shows them: both then set the very same code.
        return round(strength_at(self.t), 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the groove, the ticks with their numbers, and the handle."""
        middle = (HANDLE + 2) * self._themes.scale
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._draw_numbers(painter, middle)
            # Filled from 0, as a negative strength subtracts the vector.
            self._draw_groove(painter, middle, t_of(0.0))
            self._draw_handle(painter, middle)

    def minimumSizeHint(self) -> QSize:
        """Return a size with room for the numbers, in pixels."""
        em = self.fontMetrics().height()
        return QSize(4 * em, round(2 * HANDLE * self._themes.scale) + em)

    def sizeHint(self) -> QSize:
        """Return a preferred size in pixels."""
        return QSize(16 * self.fontMetrics().height(), self.minimumSizeHint().height())

    def _draw_numbers(self, painter: QPainter, middle: float) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        painter.setFont(small_font())
        for strength in TICKS:
            # By the axis, not by the width: each tick is below the middle of its picture.
            x = self.x_of(t_of(strength))
            painter.setPen(QPen(QColor(theme.edge), 1.2 * scale))
            painter.drawLine(QPointF(x, middle - 5 * scale), QPointF(x, middle + 5 * scale))
            # Numbers at halves would touch each other in a narrow panel.
            if strength == round(strength):
                painter.setPen(QColor(theme.muted))
                top = middle + (HANDLE + 1) * scale
                words = f"{strength:g}".replace("-", "−")
                painter.drawText(QRectF(x - 20, top, 40, self.height() - top), CENTRE, words)


class DistancePlot(OverTPlot):
    """The distance to the nearest code over the strength, with the distance within which 95 % have a neighbour."""

    def __init__(self, themes: ThemeSource, axis: PathAxis, parent: QWidget | None = None) -> None:
        super().__init__(themes, axis, parent)
        self._line: MeasureLine | None = None
        self._typical, self._top = float("nan"), 1.0
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_nearest(self, strengths: tuple[float, ...], nearest: NearestCodes | Absent | None) -> None:
        """Show the distances at the strengths, or why there are none."""
        self._line, self._typical, self.reason = None, float("nan"), ""
        if isinstance(nearest, NearestCodes):
            t = np.array([t_of(strength) for strength in strengths])
            self._line, self._typical = MeasureLine(t, nearest.distances), nearest.typical
            self._top = self._highest(nearest)
            self.setToolTip("Distance from each code to the nearest code of a sample, in latent units")
        else:
            self.reason = "" if nearest is None else nearest.why
            self.setToolTip(self.reason)
        self.update()

    def sizeHint(self) -> QSize:
        """Return the preferred size in pixels."""
        return QSize(200, round(1.5 * MIN_HEIGHT * self._themes.scale))

    def minimumSizeHint(self) -> QSize:
        """Return a height at which the curve can still be read, in pixels."""
        return QSize(40, round(MIN_HEIGHT * self._themes.scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the curve, the ends of its axis and, dashed, the usual distance."""
        with QPainter(self) as painter:
            self._draw_lines(painter, () if self._line is None else (self._line,), self._top)
            if self._line is None:
                return
            painter.setFont(small_font())
            self._draw_ends(painter)
            if np.isfinite(self._typical):
                self._draw_typical(painter)
            self._draw_dot(painter, self._line)

    def y_of(self, value: float) -> float:
        """Return the pixel of a distance."""
        room = self.height() - 4 * self._themes.scale
        return self.height() - 2 * self._themes.scale - value / self._top * room

    @staticmethod
    def _highest(nearest: NearestCodes) -> float:
        """Return the top of the axis: room for the curve and, with a margin, for the usual distance."""
        # Samples may lack codes, and a single one of their NaN would hide the curve.
        top = float(nearest.distances[np.isfinite(nearest.distances)].max(initial=0.0)) or 1.0
        # 15 % more, so that the words on the dashed line have room above it.
        return 1.15 * max(top, nearest.typical) if np.isfinite(nearest.typical) else top

    def _draw_ends(self, painter: QPainter) -> None:
        scale, line = self._themes.scale, painter.fontMetrics().height()
        painter.setPen(QColor(self._themes.theme.muted))
        painter.drawText(QRectF(4 * scale, 0, 60 * scale, line), LEFT, number(self._top, 2))
        # A lower plot has room for one end alone; 0 is the one that a reader can guess.
        if self.height() >= 2 * line:
            painter.drawText(QRectF(4 * scale, self.height() - line, 40 * scale, line), LEFT, "0")

    def _draw_typical(self, painter: QPainter) -> None:
        scale, metrics, y = self._themes.scale, painter.fontMetrics(), self.y_of(self._typical)
        pen = QPen(QColor(self._themes.theme.warning), 1.2 * scale)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.drawLine(QPointF(self.x_of(0.0), y), QPointF(self.x_of(1.0), y))
        words = f"95 % of samples have a neighbour within {number(self._typical, 3)}"
        line, wide = metrics.height(), metrics.horizontalAdvance(words) + 4
        # Near the top edge there is no room above the line.
        above = y - line if y - line >= 0 else y + 1
        if wide < self.width() - 80 * scale and above + line <= self.height():
            painter.drawText(QRectF((self.width() - wide) / 2, above, wide, line), CENTRE, words)

    def _draw_dot(self, painter: QPainter, line: MeasureLine) -> None:
        """Draw the point of the strength."""
        theme, scale = self._themes.theme, self._themes.scale
        # Between the decoded strengths the curve is drawn straight, and the dot lies on it.
        y = float(np.interp(self._t, line.t, line.values))
        painter.setPen(QPen(QColor(theme.accent), 2 * scale))
        painter.setBrush(QColor(theme.knob))
        painter.drawEllipse(QPointF(self.x_of(self._t), self.y_of(y)), 4 * scale, 4 * scale)

"""Densities that are dragged: the dot of a Gaussian moves its mean, the handle beside it its width."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from explorer.latent.information.discrete import Values
from explorer.latent.information.gaussian import Normal
from explorer.latent.information.rounding import number_text
from explorer.ui.information.painting import (
    PagePlot,
    Scale,
    Tone,
    draw_focus,
    draw_handle,
    draw_numbers,
    polyline,
    ticks,
    tone_colour,
)
from explorer.ui.pictures.renderers import LEFT, RIGHT, small_font
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

POINTS = 400
"""Points of a curve."""
HANDLE = 6.0
"""Radius of a handle in pixels at text scale 1."""
REACH = 14.0
"""Distance in pixels within which a press grabs a handle."""
TOP = 0.10
"""Share of the height left free above the highest peak."""


@dataclass(frozen=True)
class DensityCurve:
    """A density that is drawn; ``gaussian`` has handles, if it is given."""

    tone: Tone
    density: Callable[[Values], Values]
    label: str
    label_at: float
    gaussian: Normal | None = None
    filled: bool = True


@dataclass(frozen=True)
class Limits:
    """The x that are shown, and the range of σ."""

    low: float
    high: float
    min_sigma: float
    max_sigma: float

    def bounded(self, one: Normal) -> Normal:
        """Return a Gaussian with mean and σ within the limits."""
        mean = min(max(one.mean, self.low), self.high)
        return Normal(mean, min(max(one.sigma, self.min_sigma), self.max_sigma))


class DensityPlot(PagePlot):
    """Curves over x. Arrow keys move the last Gaussian: left and right its mean, up and down its width.

    Signals
    -------
    wanted : int, Normal
        Another Gaussian for a curve, by its index.
    dropped
        The mouse or key was released.
    """

    wanted = Signal(int, object)
    dropped = Signal()

    def __init__(self, name: str, themes: ThemeSource, parent: QWidget | None = None, *, height: int = 160) -> None:
        super().__init__(themes, (420, height), (280, round(0.75 * height)), parent)
        self._curves: tuple[DensityCurve, ...] = ()
        self._limits = Limits(-3.5, 3.5, 0.001, 3.0)
        self._held: tuple[int, str] | None = None
        set_identity(self, name)

    def show_curves(self, curves: tuple[DensityCurve, ...], limits: Limits) -> None:
        """Show curves; a drag keeps the range of the x-axis."""
        self._curves = curves
        # An axis that changes under the mouse would make the handle run away.
        if self._held is None:
            self._limits = limits
        # A plot without handles must not take the focus.
        movable = any(curve.gaussian is not None for curve in curves)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if movable else Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(movable)
        known = ((curve, curve.gaussian) for curve in curves if curve.gaussian is not None)
        words = (f"{one.tone}: μ = {number_text(q.mean, 2)}, σ = {number_text(q.sigma, 3)}" for one, q in known)
        self.setAccessibleDescription("; ".join(words))
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Grab the nearest handle."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = self._handle_at(event.position())
            if self._held is not None:
                self._move(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the grabbed handle, or show with the cursor that one can be grabbed."""
        if self._held is not None:
            self._move(event.position())
            return
        near = self._handle_at(event.position()) is not None
        self.setCursor(Qt.CursorShape.SizeHorCursor if near else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Release the handle."""
        if self._held is not None and event.button() == Qt.MouseButton.LeftButton:
            self._held = None
            self.dropped.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the mean by 1 % of the width, or change σ by 5 %: of the last Gaussian, or with Shift of the first."""
        movable = [row for row, curve in enumerate(self._curves) if curve.gaussian is not None]
        is_first = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        index = -1 if not movable else movable[0 if is_first else -1]
        step = (self._limits.high - self._limits.low) / 100
        moves = {
            Qt.Key.Key_Left: (-step, 1.0),
            Qt.Key.Key_Right: (step, 1.0),
            Qt.Key.Key_Up: (0.0, 1.05),
            Qt.Key.Key_Down: (0.0, 1 / 1.05),
        }
        one = self._curves[index].gaussian if index >= 0 else None
        key = Qt.Key(event.key())
        if one is None or key not in moves:
            super().keyPressEvent(event)
            return
        shift, factor = moves[key]
        self.wanted.emit(index, self._limits.bounded(Normal(one.mean + shift, one.sigma * factor)))
        self.dropped.emit()

    def handles(self) -> dict[tuple[int, str], QPointF]:
        """Return the position of each handle in pixels, by the index of its curve and "mean" or "sigma"."""
        along, up = self._scales()
        found = {}
        for index, curve in enumerate(self._curves):
            one = curve.gaussian
            if one is None:
                continue
            peak = float(one.density(np.array([one.mean]))[0])
            # The truth has its handles on the left, so that those of two equal Gaussians do not cover each other.
            away = -one.sigma if self._is_left(curve) else one.sigma
            side = one.mean + away if self._limits.low <= one.mean + away <= self._limits.high else one.mean - away
            at_side = float(one.density(np.array([side]))[0])
            found[index, "mean"] = QPointF(along.position(one.mean), up.position(peak))
            found[index, "sigma"] = QPointF(along.position(side), up.position(at_side))
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the axis, the curves and the handles."""
        theme, scale = self._themes.theme, self._themes.scale
        along, up = self._scales()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for curve in self._curves:
                self._draw_curve(painter, curve, along, up)
            painter.setPen(QPen(QColor(theme.edge), 1))
            foot = round(up.start) + 0.5
            painter.drawLine(QPointF(along.start, foot), QPointF(along.stop, foot))
            marks = ticks(self._limits.low, self._limits.high, 7)
            draw_numbers(painter, theme, along, marks, foot + 4, self.width())
            handles = self.handles()
            self._draw_handles(painter, handles)
            draw_focus(painter, theme, scale, self)

    def _draw_curve(self, painter: QPainter, curve: DensityCurve, along: Scale, up: Scale) -> None:
        colour, scale = tone_colour(self._themes.theme, curve.tone), self._themes.scale
        x = self._grid(curve)
        # Qt draws lines that end far outside the widget slowly.
        y = np.maximum(up.positions(curve.density(x)), -50.0)
        line = polyline(along.positions(x), y)
        if curve.filled:
            area = QPainterPath()
            area.addPolygon(polyline(along.positions(x), y))
            area.lineTo(along.stop, up.start)
            area.lineTo(along.start, up.start)
            shade = QColor(colour)
            shade.setAlphaF(0.13)
            painter.fillPath(area, shade)
        painter.setPen(QPen(colour, 1.8 * scale))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(line)
        if curve.label:
            self._draw_label(painter, curve, along, up, colour)

    def _draw_label(self, painter: QPainter, curve: DensityCurve, along: Scale, up: Scale, colour: QColor) -> None:
        metrics = QFontMetricsF(small_font())
        width = metrics.horizontalAdvance(curve.label) + 4
        x = min(max(along.position(curve.label_at) - width / 2, along.start), along.stop - width)
        # Above all curves over the whole width of the text.
        over = np.linspace(along.value(x), along.value(x + width), 9)
        highest = max(float(one.density(over).max()) for one in self._curves)
        top = up.position(highest) - metrics.height() - 3
        painter.setFont(small_font())
        painter.setPen(colour)
        painter.drawText(QRectF(x, max(top, 0.0), width, metrics.height()), LEFT, curve.label)

    def _draw_handles(self, painter: QPainter, handles: dict[tuple[int, str], QPointF]) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        metrics = QFontMetricsF(small_font())
        _, up = self._scales()
        for (index, part), at in handles.items():
            curve = self._curves[index]
            one, colour = curve.gaussian, tone_colour(theme, curve.tone)
            assert one is not None
            if part == "mean":
                painter.setPen(QPen(colour, 1.2 * scale, Qt.PenStyle.DashLine))
                painter.drawLine(at, QPointF(at.x(), up.start))
            else:
                painter.setPen(QPen(colour, 1.4 * scale))
                painter.drawLine(QPointF(handles[index, "mean"].x(), at.y()), at)
            draw_handle(painter, theme, at, HANDLE * scale, colour, dot=part == "mean")
            digits = 2 if self._limits.high - self._limits.low < 20 else 1
            text = (
                f"μ = {number_text(one.mean, digits)}"
                if part == "mean"
                else f"σ = {number_text(one.sigma, digits if one.sigma >= 0.1 else 3)}"
            )
            font = small_font()
            font.setBold(True)
            painter.setFont(font)
            painter.setPen(colour)
            width = QFontMetricsF(font).horizontalAdvance(text) + 2
            fits = at.x() + 14 * scale + width <= self.width() and not self._is_left(curve)
            left = at.x() + 12 * scale if fits else at.x() - 12 * scale - width
            # The curve falls away from the dot: its text stands a little above.
            raised = 0.9 if part == "mean" else 0.5
            box = QRectF(left, at.y() - raised * metrics.height(), width, metrics.height())
            painter.drawText(box, LEFT if fits else RIGHT, text)

    @staticmethod
    def _is_left(curve: DensityCurve) -> bool:
        return curve.tone == "truth"

    def _grid(self, curve: DensityCurve) -> Values:
        x = np.linspace(self._limits.low, self._limits.high, POINTS)
        one = curve.gaussian
        if one is None:
            return x
        # Fine around a narrow peak, which the even points would miss.
        near = one.mean + one.sigma * np.linspace(-5, 5, 121)
        inside = near[(near >= self._limits.low) & (near <= self._limits.high)]
        return np.sort(np.concatenate([x, inside]))

    def _scales(self) -> tuple[Scale, Scale]:
        metrics = QFontMetricsF(small_font())
        foot = self.height() - metrics.height() - 6
        peak = max((float(curve.density(self._grid(curve)).max()) for curve in self._curves), default=1.0)
        along = Scale(self._limits.low, self._limits.high, 1.0, self.width() - 1.0)
        return along, Scale(0.0, peak, foot, TOP * foot + metrics.height() / 2)

    def _handle_at(self, position: QPointF) -> tuple[int, str] | None:
        found = [((position - at).manhattanLength(), key) for key, at in self.handles().items()]
        # A handle of the last curve lies above the others.
        near = [(distance, key) for distance, key in reversed(found) if distance <= REACH * self._themes.scale]
        return min(near, key=lambda one: one[0])[1] if near else None

    def _move(self, position: QPointF) -> None:
        assert self._held is not None
        index, part = self._held
        one = self._curves[index].gaussian
        if one is None:
            return
        along, _ = self._scales()
        x = along.value(position.x())
        # Rounded, so that the numbers are easy to read.
        step = 10.0 ** (np.floor(np.log10(self._limits.high - self._limits.low)) - 2)
        if part == "mean":
            moved = Normal(float(round(x / step) * step), one.sigma)
        else:
            moved = Normal(one.mean, float(max(round(abs(x - one.mean) / step) * step, self._limits.min_sigma)))
        self.wanted.emit(index, self._limits.bounded(moved))


class CostPlot(PagePlot):
    """p·log(p/q) over x, shaded above and below 0: the shaded areas add up to KL(p ‖ q)."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(themes, (420, 90), (280, 64), parent)
        self._x: Values = np.zeros(0)
        self._costs: Values = np.zeros(0)
        set_identity(self, "information_cost_plot", "The shaded areas add up to KL(p ‖ q)", "p·log(p/q) over x")

    def show_costs(self, p: Normal, q: Normal, low: float, high: float) -> None:
        """Show the cost of two Gaussians for x from low to high."""
        near = [one.mean + one.sigma * np.linspace(-5, 5, 121) for one in (p, q)]
        # Fine around both peaks, which may be narrow.
        x = np.sort(np.concatenate([np.linspace(low, high, POINTS), *near]))
        self._x = x[(x >= low) & (x <= high)]
        self._costs = p.density(self._x) * (p.log_density(self._x) - q.log_density(self._x))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the curve, its areas and the zero line."""
        if not len(self._x):
            return
        theme = self._themes.theme
        low, high = min(0.0, float(self._costs.min())), max(1e-9, float(self._costs.max()))
        along = Scale(float(self._x[0]), float(self._x[-1]), 1.0, self.width() - 1.0)
        up = Scale(low, high, self.height() - 4.0, 6.0)
        colour = tone_colour(theme, "kl")
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            x, y = along.positions(self._x), up.positions(self._costs)
            area = QPainterPath()
            area.addPolygon(polyline(x, y))
            area.lineTo(float(x[-1]), up.position(0.0))
            area.lineTo(float(x[0]), up.position(0.0))
            shade = QColor(colour)
            shade.setAlphaF(0.28)
            painter.fillPath(area, shade)
            painter.setPen(QPen(colour, 1.6 * self._themes.scale))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(polyline(x, y))
            painter.setPen(QPen(QColor(theme.edge), 1))
            zero = round(up.position(0.0)) + 0.5
            painter.drawLine(QPointF(along.start, zero), QPointF(along.stop, zero))

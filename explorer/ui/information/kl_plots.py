"""Plots of the page Gaussian: the terms of KL as a waterfall, KL over σ, and the sample with two humps."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.jobs.reports.two_humps import TwoHumps
from explorer.latent.information.gaussian import Normal, kl_over_sigma
from explorer.latent.information.rounding import number_text
from explorer.ui.information.painting import (
    PagePlot,
    Scale,
    draw_focus,
    draw_grid,
    draw_handle,
    draw_levels,
    draw_numbers,
    polyline,
    ticks,
    tone_colour,
)
from explorer.ui.pictures.renderers import LEFT, RIGHT, small_font
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

ROW = 25
"""Height of a term's row in pixels at text scale 1."""
FORMULA, VALUE = 88, 62
"""Widths of a term's formula and of its value in pixels at text scale 1."""
MIN_SIGMA, MAX_SIGMA = 0.001, 3.0
_ANGLES = np.linspace(0, 2 * np.pi, 97)
UNIT_CIRCLE = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)


@dataclass(frozen=True)
class WaterfallRow:
    """A term: its key, its cause, its value in the unit shown, as a number and as text."""

    key: str
    cause: str
    value: float
    text: str


class Waterfall(QWidget):
    """Terms that add up, each bar beginning where the last one ended; below them their sum.

    The formulas of the terms are widgets of the owner, which puts them in the column at the left by `row_box`.

    Signals
    -------
    hovered : str
        The key of the term under the mouse; "" for none.
    """

    hovered = Signal(str)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._rows: tuple[WaterfallRow, ...] = ()
        self._sum, self._sum_text, self._unit, self._lit = 0.0, "", "", ""
        set_identity(self, "information_waterfall", accessible="The four terms of KL")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)

    def show_terms(self, rows: tuple[WaterfallRow, ...], total: float, text: str, unit: str) -> None:
        """Show terms and their sum, in ``unit``."""
        self._rows, self._sum, self._sum_text, self._unit = rows, total, text, unit
        said = ", ".join(f"{row.key} {row.text}: {row.cause}" for row in rows)
        self.setAccessibleDescription(f"{said}; sum {text} {unit}")
        self.update()

    def light(self, key: str) -> None:
        """Highlight the term with a key; "" for none."""
        if key != self._lit:
            self._lit = key
            self.update()

    def row_box(self, index: int) -> QRectF:
        """Return the box of a row in pixels."""
        height = ROW * self._themes.scale
        return QRectF(0, index * height, self.width(), height)

    def sizeHint(self) -> QSize:
        """Return the preferred size in pixels."""
        scale = self._themes.scale
        foot = QFontMetricsF(small_font()).height() + 4
        return QSize(round(460 * scale), round(5 * ROW * scale + 6 * scale + foot))

    def minimumSizeHint(self) -> QSize:
        """Return the minimum size in pixels."""
        return QSize(round(390 * self._themes.scale), self.sizeHint().height())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Emit the key of the term under the mouse."""
        index = int(event.position().y() // (ROW * self._themes.scale))
        self.hovered.emit(self._rows[index].key if 0 <= index < len(self._rows) else "")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the grid, the bars, the words and the axis."""
        if not self._rows:
            return
        theme, scale = self._themes.theme, self._themes.scale
        metrics = QFontMetricsF(self.font())
        # The bars begin behind the longest cause, which depends on q.
        words = max(metrics.horizontalAdvance(row.cause) for row in self._rows)
        # Each bar begins where the sum of the terms before it ends.
        starts = np.concatenate([[0.0], np.cumsum([row.value for row in self._rows])])
        low, high = float(min(starts.min(), 0.0)), float(max(starts.max(), 0.1))
        left = FORMULA * scale + words + 14 * scale
        axis = Scale(low, high * 1.04, left, self.width() - VALUE * scale)
        row = ROW * scale
        foot = 5 * row + 6 * scale
        marks = ticks(axis.low, axis.high, 4)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw_grid(painter, theme, axis, marks, 0, foot)
            draw_numbers(painter, theme, axis, marks, foot + 2, self.width())
            belief = tone_colour(theme, "belief")
            for index, term in enumerate(self._rows):
                box = self.row_box(index)
                if term.key == self._lit:
                    painter.fillRect(box, QColor(theme.raised))
                self._draw_bar(painter, axis, float(starts[index]), float(starts[index + 1]), box, belief)
                painter.setPen(QColor(theme.muted))
                painter.drawText(box.adjusted(FORMULA * scale, 0, 0, 0), LEFT, term.cause)
                painter.setPen(QColor(theme.text))
                painter.drawText(box, RIGHT, term.text)
            self._draw_sum(painter, axis)

    def _draw_sum(self, painter: QPainter, axis: Scale) -> None:
        """Draw the line below the terms, and their sum."""
        theme, scale = self._themes.theme, self._themes.scale
        row = ROW * scale
        painter.setPen(QPen(QColor(theme.edge), 1))
        line = round(4 * row + 2 * scale) + 0.5
        painter.drawLine(QPointF(0, line), QPointF(self.width(), line))
        box = self.row_box(4).translated(0, 5 * scale)
        kl = tone_colour(theme, "kl")
        self._draw_bar(painter, axis, 0.0, self._sum, box, kl)
        font = self.font()
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        painter.drawText(box, LEFT, "= KL")
        painter.setPen(kl)
        painter.drawText(box, RIGHT, self._sum_text)

    def _draw_bar(self, painter: QPainter, axis: Scale, start: float, stop: float, box: QRectF, colour: QColor) -> None:
        scale = self._themes.scale
        ends = sorted((axis.position(start), axis.position(stop)))
        # At least a pixel wide, so that a term of 0 is still visible in its row.
        bar = QRectF(ends[0], box.top() + 0.15 * box.height(), max(ends[1] - ends[0], 1.0), 0.7 * box.height())
        # A negative term is drawn as an outline.
        takes = stop < start
        painter.setPen(QPen(colour, 1.4 * scale) if takes else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush if takes else colour)
        painter.drawRoundedRect(bar, 2 * scale, 2 * scale)


class SigmaPlot(PagePlot):
    """KL(N(μ, σ²) ‖ N(0, 1)) over σ on a log scale; the dot at the present σ can be dragged.

    Signals
    -------
    wanted : float
        Another σ.
    dropped
        The mouse or key was released.
    """

    wanted = Signal(float)
    dropped = Signal()

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(themes, (240, 130), (180, 110), parent)
        self._q, self._per_nat, self._unit = Normal(0.0, 1.0), 1.0, "nats"
        self._held = False
        set_identity(self, "information_sigma_plot", "Drag along the curve to change σ", "KL over σ")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_gaussian(self, q: Normal, per_nat: float, unit: str) -> None:
        """Show the curve for the mean of q, and the dot at its σ."""
        self._q, self._per_nat, self._unit = q, per_nat, unit
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to drag σ."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = True
            self.wanted.emit(self._sigma_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag σ."""
        if self._held:
            self.wanted.emit(self._sigma_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag."""
        if self._held:
            self._held = False
            self.dropped.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Change σ by 10 %."""
        factors = {Qt.Key.Key_Left: 1 / 1.1, Qt.Key.Key_Down: 1 / 1.1, Qt.Key.Key_Right: 1.1, Qt.Key.Key_Up: 1.1}
        factor = factors.get(Qt.Key(event.key()))
        if factor is None:
            super().keyPressEvent(event)
            return
        self.wanted.emit(min(max(self._q.sigma * factor, MIN_SIGMA), MAX_SIGMA))
        self.dropped.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw axes, curve and dot."""
        theme, scale = self._themes.theme, self._themes.scale
        metrics = QFontMetricsF(small_font())
        # Even on the log axis, so that the curve is smooth at both ends.
        sigmas = np.logspace(np.log10(MIN_SIGMA), np.log10(MAX_SIGMA), 160)
        kl = kl_over_sigma(self._q.mean, sigmas) * self._per_nat
        along, up = self._scales(float(kl.max()))
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._draw_axes(painter, along, up)
            colour = tone_colour(theme, "kl")
            painter.setPen(QPen(colour, 1.8 * scale))
            painter.drawPolyline(polyline(along.positions(np.log10(sigmas)), up.positions(kl)))
            label = f"KL in {self._unit}, μ = {number_text(self._q.mean, 2)}"
            painter.drawText(QRectF(along.start, 0, along.stop - along.start, metrics.height()), RIGHT, label)
            now = float(kl_over_sigma(self._q.mean, np.array([self._q.sigma]))[0]) * self._per_nat
            at = QPointF(along.position(float(np.log10(self._q.sigma))), up.position(now))
            draw_handle(painter, theme, at, 5 * scale, colour, dot=True)
            draw_focus(painter, theme, scale, self)

    def _draw_axes(self, painter: QPainter, along: Scale, up: Scale) -> None:
        theme, metrics = self._themes.theme, QFontMetricsF(small_font())
        draw_levels(painter, theme, up, ticks(0.0, up.high, 4), along.start, along.stop)
        painter.setPen(QColor(theme.muted))
        painter.setFont(small_font())
        for value in (0.001, 0.01, 0.1, 1.0):
            x, text = along.position(np.log10(value)), f"{value:g}"
            width = metrics.horizontalAdvance(text) + 4
            left = max(0.0, x - width / 2)
            painter.drawText(QRectF(left, up.start + 4, width, metrics.height()), LEFT, text)
        foot = QRectF(0, self.height() - metrics.height(), along.stop, metrics.height())
        painter.drawText(foot, RIGHT, "σ (log scale)")

    def _scales(self, max_kl: float) -> tuple[Scale, Scale]:
        metrics = QFontMetricsF(small_font())
        left, right = metrics.horizontalAdvance("00") + 8, self.width() - 6 * self._themes.scale
        along = Scale(float(np.log10(MIN_SIGMA)), float(np.log10(MAX_SIGMA)), left, right)
        high = max(max_kl, 1e-6) * 1.05
        return along, Scale(0.0, high, self.height() - 2 * metrics.height() - 4, metrics.height() + 2)

    def _sigma_at(self, x: float) -> float:
        along, _ = self._scales(1.0)
        sigma = 10 ** min(max(along.value(x), along.low), along.high)
        # Three digits: the title shows σ, and undo names a value that can be read.
        return float(f"{sigma:.3g}")


class TwoHumpsPlot(PagePlot):
    """The plane of a run with the true posterior of one sample and its q."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(themes, (224, 190), (170, 150), parent)
        self._found: TwoHumps | None = None
        set_identity(self, "information_two_humps", accessible="p(z|x) and q(z|x) of a real sample")

    def show_example(self, found: TwoHumps) -> None:
        """Show the sample."""
        self._found = found
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw codes, prior, p(z|x) and q."""
        theme, scale = self._themes.theme, self._themes.scale
        found = self._found
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            clip = QPainterPath()
            clip.addRoundedRect(QRectF(self.rect()), 6 * scale, 6 * scale)
            painter.fillPath(clip, QColor(theme.raised))
            if found is None:
                return
            painter.setClipPath(clip)
            points = np.concatenate([*found.regions[-1], found.q_ellipses[-1]])
            middle = (points.min(0) + points.max(0)) / 2
            # A margin around both humps and q, with equal units on both axes.
            half = 0.62 * float(np.ptp(points, axis=0).max())
            pixels = min(self.width(), self.height()) / (2 * half)

            def at(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
                x = self.width() / 2 + (values[:, 0] - middle[0]) * pixels
                return x, self.height() / 2 - (values[:, 1] - middle[1]) * pixels

            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.edge))
            for x, y in zip(*at(found.codes), strict=True):
                painter.drawEllipse(QPointF(x, y), 1.1 * scale, 1.1 * scale)
            painter.setPen(QPen(QColor(theme.muted), 1, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for sigma in (1.0, 2.0):
                painter.drawPolyline(polyline(*at(sigma * UNIT_CIRCLE)))
            truth, belief = tone_colour(theme, "truth"), tone_colour(theme, "belief")
            shade = QColor(truth)
            shade.setAlphaF(0.16)
            painter.setPen(QPen(truth, 1.6 * scale))
            painter.setBrush(shade)
            # The larger region first, so that the smaller one is darker.
            for outlines in reversed(found.regions):
                for line in outlines:
                    painter.drawPolygon(polyline(*at(line)))
            painter.setPen(QPen(belief, 1.8 * scale))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for line in found.q_ellipses:
                painter.drawPolygon(polyline(*at(line)))

"""The plot of each sample's position along a vector, on the right or on the wrong side of the midpoint."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.directions.attribute_vector import AttributeVector, VectorGroup
from explorer.ui.decode.decode_state import fixed, sample_text
from explorer.ui.pictures.renderers import CENTRE, LEFT, render_sample, small_font, strong_font
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.vectors.vector_words import shown_name
from explorer.ui.widgets.identity import set_identity

PAD, DOT, NEAR, PICTURE, LABELS = 10, 4.0, 9, 56, 104
"""Margins, radius of a dot, how near the mouse must be to it, side of the picture of a sample, and width of the names
of the groups; in pixels at text scale 1."""
JITTER = 0.3
"""Half height over which the dots of a group are spread, as a share of its band."""
MAX_DOTS = 1500
"""Maximum number of dots of a group; of larger ones, samples at equal steps are drawn."""


@dataclass(frozen=True, eq=False)
class Dots:
    """The dots of both groups: their samples, positions in latent units, which are right, and the group of each."""

    samples: NDArray[np.int64]
    positions: NDArray[np.float64]
    right: NDArray[np.bool_]
    group: NDArray[np.int64]
    heights: NDArray[np.float64]


def dots_of(vector: AttributeVector) -> Dots:
    """Return the dots of a vector whose positions are known."""
    parts = [_dots(group, number) for number, group in enumerate((vector.plus, vector.minus))]
    samples, positions, right, group, heights = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Dots(samples, positions, right, group, heights)


def _dots(group: VectorGroup, number: int) -> tuple[NDArray[np.generic], ...]:
    known = np.flatnonzero(np.isfinite(group.positions))
    rows = known[np.linspace(0, len(known) - 1, min(len(known), MAX_DOTS)).astype(np.int64)] if len(known) else known
    # A fixed spread, so that the dots stay where they are.
    heights = number + 0.5 + JITTER * np.random.default_rng(number).uniform(-1, 1, len(rows))
    return group.samples[rows], group.positions[rows], group.right[rows], np.full(len(rows), number), heights


class PositionsPlot(QWidget):
    """Each sample as a dot at its position along the vector, hollow if it is on the wrong side of the midpoint.

    Signals
    -------
    hovered : int or None
        The sample under the mouse.
    picked : int
        The sample that was clicked.
    """

    hovered = Signal(object)
    picked = Signal(int)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "vector_positions", accessible="Position of each sample along the vector")
        self._themes = themes
        self._run: OpenRun | None = None
        self._vector: AttributeVector | None = None
        self._why = ""
        self.dots: Dots | None = None
        self._here: int | None = None
        self._kept: tuple[object, QPixmap] | None = None
        # Dots are pointed at without a pressed button.
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        themes.changed.connect(self.update)

    def show_vector(self, run: OpenRun | None, vector: AttributeVector | None, why: str = "") -> None:
        """Show the positions of a vector; without them, ``why`` says so."""
        known = vector is not None and vector.certainty is not None
        # By identity: each answer is a new object, and comparing thousands of positions takes longer.
        if vector is not self._vector or run is not self._run or why != self._why:
            self._run, self._vector, self._why = run, vector, why
            self.dots = dots_of(vector) if known and vector is not None else None
            self._point_at(None)
            self.setAccessibleDescription(self._said())
            self.update()

    def sizeHint(self) -> QSize:
        """Return the preferred size in pixels."""
        return QSize(round(480 * self._themes.scale), round(112 * self._themes.scale))

    def minimumSizeHint(self) -> QSize:
        """Return a size at which the two bands can be told apart, in pixels."""
        return QSize(round(240 * self._themes.scale), round(84 * self._themes.scale))

    def point_of(self, number: int) -> QPointF:
        """Return the pixel of a dot."""
        x, y = self._pixels()
        return QPointF(x[number], y[number])

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bands, the dots, and the sample under the mouse."""
        theme, scale = self._themes.theme, self._themes.scale
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(small_font())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.plane))
            painter.drawRoundedRect(QRectF(self.rect()), 4 * scale, 4 * scale)
            painter.setPen(QColor(theme.muted))
            pad, line = PAD * scale, painter.fontMetrics().height()
            title = painter.fontMetrics().elidedText(
                self._title(), Qt.TextElideMode.ElideRight, round(self.width() - 2 * pad)
            )
            painter.drawText(QRectF(pad, 2 * scale, self.width() - 2 * pad, line), LEFT, title)
            if self.dots is None or self._vector is None:
                if self._why:
                    area = QRectF(pad, line, self.width() - 2 * pad, self.height() - line)
                    painter.drawText(area, int(CENTRE | Qt.TextFlag.TextWordWrap), self._why)
                return
            self._draw_bands(painter)
            painter.drawPixmap(0, 0, self._dots_pixmap())
            self._draw_here(painter)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at the nearest dot."""
        self._point_at(self._dot_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Point at none."""
        self._point_at(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick the sample of the dot."""
        number = self._dot_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and number is not None and self.dots is not None:
            self.picked.emit(int(self.dots.samples[number]))

    def _point_at(self, number: int | None) -> None:
        if number == self._here:
            return
        self._here = number
        self.setCursor(Qt.CursorShape.PointingHandCursor if number is not None else Qt.CursorShape.ArrowCursor)
        sample = None if number is None or self.dots is None else int(self.dots.samples[number])
        self.hovered.emit(sample)
        if number is not None and self.dots is not None and self._run is not None and sample is not None:
            side = "right side" if self.dots.right[number] else "wrong side"
            at = fixed(float(self.dots.positions[number]))
            words = f"{sample_text(self._run, sample)}: {at} from the midpoint, {side}. Click to follow it"
            QToolTip.showText(self.mapToGlobal(self.point_of(number).toPoint()), words, self)
        else:
            QToolTip.hideText()
        self.update()

    def _dot_at(self, at: QPointF) -> int | None:
        if self.dots is None or len(self.dots.samples) == 0:
            return None
        x, y = self._pixels()
        far = np.hypot(x - at.x(), y - at.y())
        # Of dots that overlap, the nearest: the one on top is not known.
        nearest = int(far.argmin())
        return nearest if far[nearest] <= NEAR * self._themes.scale else None

    # Where things are

    def _area(self) -> QRectF:
        scale, line = self._themes.scale, self._line()
        top = line + 6 * scale
        # In a narrow plot the tooltips name the groups instead.
        labels = self._label_width() if self.width() > 360 * scale else 4 * scale
        return QRectF(labels + PAD * scale, top, self.width() - labels - 2.6 * PAD * scale, self.height() - top - line)

    def _label_width(self) -> float:
        """Return the width of the names of the groups, at most that of a third of the plot."""
        vector, metrics = self._vector, QFontMetricsF(strong_font())
        names = [] if vector is None else [shown_name(one.name) for one in (vector.plus, vector.minus)]
        widest = max(map(metrics.horizontalAdvance, names), default=0.0)
        return min(max(LABELS * self._themes.scale, widest + PAD), self.width() / 3)

    def _range(self) -> tuple[float, float]:
        assert self.dots is not None
        # With the midpoint in it, also where all samples are on one side.
        low = float(min(self.dots.positions.min(initial=0.0), 0.0))
        high = float(max(self.dots.positions.max(initial=0.0), 0.0))
        return (low, high) if high > low else (-1.0, 1.0)

    def _x(self, position: NDArray[np.float64] | float) -> NDArray[np.float64]:
        area, (low, high) = self._area(), self._range()
        return area.left() + (np.asarray(position) - low) / (high - low) * area.width()

    def _pixels(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        assert self.dots is not None
        area = self._area()
        return self._x(self.dots.positions), area.top() + self.dots.heights / 2 * area.height()

    def _line(self) -> float:
        return float(self.fontMetrics().height())

    # Drawing

    def _title(self) -> str:
        vector = self._vector
        by = "sample" if vector is None or not vector.by else vector.by
        counts = [] if vector is None else [vector.plus.tested, vector.minus.tested]
        few = f" ({MAX_DOTS:,} of a group are drawn)" if max(counts, default=0) > MAX_DOTS else ""
        return f"Position along the vector, each {by} left out in turn{few}"

    def _said(self) -> str:
        vector = self._vector
        if vector is None or vector.certainty is None:
            return self._why
        groups = vector.plus, vector.minus
        return "; ".join(f"{one.name}: {int(one.right.sum())} of {one.tested} right" for one in groups)

    def _draw_bands(self, painter: QPainter) -> None:
        theme, scale, area, vector = self._themes.theme, self._themes.scale, self._area(), self._vector
        assert vector is not None
        # Positions are counted from the midpoint of both means.
        middle, half = float(self._x(0.0)), area.height() / 2
        quiet = QColor(theme.muted)
        quiet.setAlphaF(0.2)
        right = QRectF(middle, area.top(), area.right() - middle, half - scale)
        painter.fillRect(right, QColor(theme.accent_quiet))
        painter.fillRect(QRectF(area.left(), area.top() + half + scale, middle - area.left(), half - scale), quiet)
        painter.setPen(QPen(QColor(theme.text), 1.2 * scale))
        painter.drawLine(QPointF(middle, area.top() - 2 * scale), QPointF(middle, area.bottom()))
        self._draw_labels(painter, vector, area)
        self._draw_axis(painter, middle, area)

    def _draw_labels(self, painter: QPainter, vector: AttributeVector, area: QRectF) -> None:
        theme, line, left = self._themes.theme, self._line(), PAD * self._themes.scale
        room = area.left() - 1.5 * left
        if room < 4 * line:
            return
        for number, group in enumerate((vector.plus, vector.minus)):
            centre = area.top() + (0.25 + 0.5 * number) * area.height()
            painter.setFont(strong_font())
            painter.setPen(QColor(theme.text))
            # In the middle: names of classes often differ in their last word.
            name = painter.fontMetrics().elidedText(shown_name(group.name), Qt.TextElideMode.ElideMiddle, round(room))
            painter.drawText(QRectF(left, centre - line, room, line), LEFT, name)
            painter.setFont(small_font())
            painter.setPen(QColor(theme.muted))
            words = f"{int(group.right.sum()):,} of {group.tested:,} right"
            words = words if painter.fontMetrics().horizontalAdvance(words) <= room else words.removesuffix(" right")
            painter.drawText(QRectF(left, centre, room, line), LEFT, words)

    def _draw_axis(self, painter: QPainter, middle: float, area: QRectF) -> None:
        painter.setFont(small_font())
        painter.setPen(QColor(self._themes.theme.muted))
        metrics, line = painter.fontMetrics(), self._line()
        wide = metrics.horizontalAdvance("midpoint")
        # Beside the edge the word is moved inwards.
        left = min(max(middle - wide / 2, area.left()), area.right() - wide)
        painter.drawText(QRectF(left, area.bottom(), wide + 2, line), CENTRE, "midpoint")
        for tick in round_ticks(*self._range()):
            words, x = f"{tick:g}".replace("-", "−"), float(self._x(tick))
            half = metrics.horizontalAdvance(words) / 2 + 4
            # A number under the word would be unreadable, and 0 is what the word stands for.
            if x + half < left or x - half > left + wide:
                painter.drawText(QRectF(x - half, area.bottom(), 2 * half, line), CENTRE, words)

    def _dots_pixmap(self) -> QPixmap:
        """Return a picture of all dots, drawn once: with thousands of them it takes longer than a frame."""
        ratio = self.devicePixelRatioF()
        look = (self.dots, self.size(), ratio, self._themes.theme.name, self._themes.scale)
        if self._kept is None or self._kept[0] != look:
            picture = QPixmap(self.size() * ratio)
            picture.setDevicePixelRatio(ratio)
            picture.fill(Qt.GlobalColor.transparent)
            with QPainter(picture) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                self._draw_dots(painter)
            self._kept = look, picture
        return self._kept[1]

    def _draw_dots(self, painter: QPainter) -> None:
        assert self.dots is not None
        theme, scale = self._themes.theme, self._themes.scale
        # Large dots of a large group would cover each other, and with them the shape of the group.
        radius = (DOT if len(self.dots.samples) < 300 else 2.2) * scale
        x, y = self._pixels()
        for left, top, right, group in zip(x, y, self.dots.right, self.dots.group, strict=True):
            colour = QColor(theme.muted if group else theme.accent)
            painter.setPen(QPen(colour, 1.3 * scale))
            painter.setBrush(colour if right else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(left, top), radius, radius)

    def _draw_here(self, painter: QPainter) -> None:
        if self._here is None or self.dots is None or self._run is None:
            return
        theme, scale, at = self._themes.theme, self._themes.scale, self.point_of(self._here)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.text), 1.6 * scale))
        painter.drawEllipse(at, (DOT + 3) * scale, (DOT + 3) * scale)
        sample, dataset = int(self.dots.samples[self._here]), self._run.dataset
        if dataset is None or self._run.description.kind != "image":
            return
        side = min(PICTURE * scale, self.height() - 8 * scale)
        picture = render_sample(
            dataset.rows(np.array([sample]))[0], self._run.description, theme, round(side), self.devicePixelRatioF()
        )
        left = at.x() + 12 * scale if at.x() + 12 * scale + side < self.width() else at.x() - 12 * scale - side
        corner = QPointF(left, min(max(at.y() - side / 2, 4 * scale), self.height() - side - 4 * scale))
        painter.drawImage(corner, picture)
        painter.setPen(QPen(QColor(theme.edge), 1))
        painter.drawRect(QRectF(corner, picture.deviceIndependentSize()))


def round_ticks(low: float, high: float) -> list[float]:
    """Return round positions in a range without 0, about three on each side at most."""
    step = 10.0 ** np.floor(np.log10(max(high - low, 1e-9) / 2))
    # Steps of 1, 2 or 5 times a power of ten are the ones that people read at a glance.
    for factor in (1, 2, 5):
        if (high - low) / (step * factor) <= 4:
            step *= factor
            break
    first, last = int(np.ceil(low / step)), int(np.floor(high / step))
    return [round(number * step, 12) for number in range(first, last + 1) if number]

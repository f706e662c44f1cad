"""What is below the table: the sums as bars on one axis and in words, and the running mean of drawn events."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.latent.information.discrete import BeliefComparison, Unit, Values
from explorer.latent.information.presets import Outcomes
from explorer.latent.information.rounding import ShownTable, number_text
from explorer.ui.information.painting import (
    PagePlot,
    Scale,
    Tone,
    draw_grid,
    draw_levels,
    draw_numbers,
    polyline,
    ticks,
    tone_colour,
    tone_html,
)
from explorer.ui.pictures.renderers import LEFT, RIGHT, small_font
from explorer.ui.theme.theme import Theme, ThemeSource
from explorer.ui.widgets.identity import set_identity

ROW = 32
"""Height of a bar's row in pixels at text scale 1."""
BAR = 0.68
"""Height of a bar as a share of its row."""
CURVE_POINTS = 600
"""Maximum number of points that are drawn of the running mean."""


@dataclass(frozen=True)
class SumBar:
    """A bar from ``start`` to ``stop`` with its title and value; infinite ends are open.

    ``continues`` is True if it begins where the bar above it ends.
    """

    title: str
    start: float
    stop: float
    text: str
    tone: Tone
    bold: bool = False
    continues: bool = False


class SumBars(QWidget):
    """Horizontal bars on one axis from 0. A dotted line joins the end of one to the start of the next."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.bars: tuple[SumBar, ...] = ()
        self._low, self._high, self._unit = 0.0, 1.0, ""
        set_identity(self, "information_sums", accessible="Entropy, KL and cross-entropy")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def show_bars(self, bars: tuple[SumBar, ...], unit: str) -> None:
        """Show bars whose values are in ``unit``."""
        # An infinite end would leave no finite axis; such a bar gets an arrow.
        ends = [end for bar in bars for end in (bar.start, bar.stop) if np.isfinite(end)]
        self.bars, self._unit = bars, unit
        # A margin, so that the longest bar does not touch its value. Densities may have a negative entropy.
        self._low, self._high = min((*ends, 0.0)) * 1.12, max((*ends, 0.1)) * 1.12
        self.setAccessibleDescription("; ".join(f"{bar.title} {bar.text} {unit}" for bar in bars))
        self.update()

    def sizeHint(self) -> QSize:
        """Return the preferred size in pixels."""
        scale = self._themes.scale
        return QSize(round(360 * scale), round((max(3, len(self.bars)) * ROW + 24) * scale))

    def minimumSizeHint(self) -> QSize:
        """Return the minimum size in pixels."""
        return QSize(round(280 * self._themes.scale), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the grid, the bars and the values."""
        theme, scale = self._themes.theme, self._themes.scale
        metrics = QFontMetricsF(self.font())
        titles = max((metrics.horizontalAdvance(bar.title) for bar in self.bars), default=0.0) + 18 * scale
        values = max((metrics.horizontalAdvance(bar.text) for bar in self.bars), default=0.0) + 22 * scale
        values = max(values, 64 * scale)
        axis = Scale(self._low, self._high, max(titles, 128 * scale), self.width() - values)
        # Rows grow with the room up to a limit: taller bars would look like areas.
        count = max(1, len(self.bars))
        row = min(1.25 * ROW * scale, (self.height() - QFontMetricsF(small_font()).height() - 2) / count)
        foot = count * row
        marks = ticks(self._low, self._high, 4)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw_grid(painter, theme, axis, marks, 0, foot)
            draw_numbers(painter, theme, axis, marks, foot + 2, self.width(), self._unit)
            for index, bar in enumerate(self.bars):
                self._draw_bar(painter, axis, bar, index * row, row)
                # Only where the next bar continues this one: events by themselves do not add up.
                if index + 1 < len(self.bars) and self.bars[index + 1].continues:
                    self._join(
                        painter,
                        axis,
                        self.bars[index + 1].start,
                        (index + 0.5 + BAR / 2) * row,
                        (index + 1.5 - BAR / 2) * row,
                    )

    def _draw_bar(self, painter: QPainter, axis: Scale, bar: SumBar, top: float, row: float) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        font = self.font()
        font.setBold(bar.bold)
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        line = QRectF(0, top, self.width(), row)
        painter.drawText(line, LEFT, bar.title)
        painter.setPen(tone_colour(theme, bar.tone))
        font.setBold(True)
        painter.setFont(font)
        painter.drawText(line, RIGHT, bar.text)
        start = axis.position(min(bar.start, self._high))
        stop = axis.position(min(bar.stop, self._high))
        thick = BAR * row
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tone_colour(theme, bar.tone))
        box = QRectF(start, top + (row - thick) / 2, max(stop - start, 0.0), thick)
        if box.width() >= 0.5:
            painter.drawRoundedRect(box, 2 * scale, 2 * scale)
        if not np.isfinite(bar.stop):
            # An arrow: the bar has no end.
            tip, half = box.right() + 10 * scale, thick / 2
            painter.drawPolygon(
                polyline(np.array([box.right(), tip, box.right()]), np.array([0, half, thick]) + box.top())
            )

    def _join(self, painter: QPainter, axis: Scale, value: float, top: float, bottom: float) -> None:
        if np.isfinite(value):
            painter.setPen(QPen(QColor(self._themes.theme.muted), 1, Qt.PenStyle.DotLine))
            x = axis.position(value)
            painter.drawLine(QPointF(x, top), QPointF(x, bottom))


def _tops(y: float, height: float) -> list[float]:
    """Return tops of a text's box near a line at y, alternately above and below it."""
    return [top for away in (3, 3 + height, 3 + 2 * height) for top in (y - away - height, y + away)]


class DrawsPlot(PagePlot):
    """The mean of −log q over the events drawn so far, beside its limit, the cross-entropy."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(themes, (320, 140), (220, 110), parent)
        self._means: Values = np.zeros(0)
        self._limit, self._unit = 0.0, "nats"
        set_identity(self, "information_draws", accessible="Mean surprise of the events drawn")

    def show_means(self, means: Values, limit: float, unit: Unit) -> None:
        """Show the running mean ``(n,)`` and its limit, both in nats."""
        self._means, self._limit, self._unit = means * unit.per_nat, limit * unit.per_nat, unit.name
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw axes, limit and curve."""
        theme, scale = self._themes.theme, self._themes.scale
        metrics = QFontMetricsF(small_font())
        left, right = metrics.horizontalAdvance("00.00") + 8, self.width() - 8 * scale
        foot = self.height() - 2 * metrics.height() - 2
        finite = self._means[np.isfinite(self._means)]
        known = [*finite.tolist(), *([self._limit] if np.isfinite(self._limit) else [])] or [0.0, 1.0]
        middle, half = (max(known) + min(known)) / 2, max((max(known) - min(known)) / 2, 0.1) * 1.15
        # −log q is never negative.
        up = Scale(max(middle - half, 0.0), max(middle + half, 0.2), foot, metrics.height() / 2 + 2)
        along = Scale(1.0, max(2.0, len(self._means) or 100.0), left, right)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw_levels(painter, theme, up, ticks(up.low, up.high, 4), left, right)
            last = int(along.high)
            # The first and the last event always have a number, and no tick comes close to them.
            marks = [1.0, *(value for value in ticks(1.0, last, 4) if 0.08 * last < value < 0.94 * last), float(last)]
            draw_numbers(painter, theme, along, marks, foot + 3, self.width())
            box = QRectF(left, self.height() - metrics.height(), right - left, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "events drawn")
            self._draw_curve(painter, along, up)
            if np.isfinite(self._limit):
                self._draw_limit(painter, along, up)

    def _draw_limit(self, painter: QPainter, along: Scale, up: Scale) -> None:
        theme, metrics = self._themes.theme, QFontMetricsF(small_font())
        y = up.position(self._limit)
        painter.setPen(QPen(QColor(theme.text), 1.2, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(along.start, y), QPointF(along.stop, y))
        text = f"H(P, Q) = {number_text(self._limit)}"
        width = metrics.horizontalAdvance(text) + 8
        box = self._free_box(along, up, QSizeF(width, metrics.height()), y)
        painter.setPen(QColor(theme.text))
        painter.setFont(small_font())
        painter.drawText(box, RIGHT, text)

    def _free_box(self, along: Scale, up: Scale, size: QSizeF, y: float) -> QRectF:
        """Return the position above or below the line that the curve crosses least."""
        lefts = (along.stop - size.width(), (along.start + along.stop - size.width()) / 2, along.start + 4)
        boxes = [QRectF(QPointF(left, top), size) for left in lefts for top in _tops(y, size.height())]
        inside = [box for box in boxes if up.stop - 6 <= box.top() and box.bottom() <= up.start + 2] or boxes
        x, curve = along.positions(np.arange(1.0, len(self._means) + 1)), up.positions(self._means)

        def crossed(box: QRectF) -> int:
            across = (x > box.left() - 4) & (x < box.right() + 4)
            return int((across & (curve > box.top() - 2) & (curve < box.bottom() + 2)).sum())

        # Of equally free boxes the nearest to the line, and of those the first.
        return min(inside, key=lambda box: (crossed(box), abs(box.center().y() - y) > 2 * size.height()))

    def _draw_curve(self, painter: QPainter, along: Scale, up: Scale) -> None:
        means = self._means
        count = int(np.isfinite(means).sum())  # once infinite, the mean stays so
        if not count:
            return
        colour = tone_colour(self._themes.theme, "belief")
        # More points than pixels would only take time.
        rows = np.unique(np.linspace(0, count - 1, min(count, CURVE_POINTS)).astype(int))
        x, y = along.positions(rows + 1.0), up.positions(means[rows])
        path = QPainterPath()
        path.addPolygon(polyline(x, y))
        painter.setPen(QPen(colour, 1.8 * self._themes.scale))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        radius = 4 * self._themes.scale
        painter.drawEllipse(QPointF(float(x[-1]), float(y[-1])), radius, radius)


def sentence(outcomes: Outcomes, found: BeliefComparison, shown: ShownTable, unit: Unit, theme: Theme) -> str:
    """Return what the sums mean, in one or two sentences."""
    if outcomes.separate:
        return _separate(outcomes, found, unit, theme)
    noun, subject = outcomes.noun, with_article(outcomes.noun)
    entropy = tone_html(theme, "truth", number_text(shown.entropy))
    cross = tone_html(theme, "belief", number_text(shown.cross_entropy))
    kl = tone_html(theme, "kl", number_text(shown.kl))
    if not np.isfinite(found.kl):
        impossible = int(np.argmax(~np.isfinite(found.terms)))
        return (
            f"Q gives “{outcomes.names[impossible]}” the probability 0, but it happens. No finite number measures that "
            f"surprise, so the cross-entropy and {tone_html(theme, 'kl', 'KL')} are infinite."
        )
    # P and Q of several cases are labels and predictions, not one belief about one event.
    if found.cases > 1:
        return (
            f"The labels are certain: their entropy is {entropy}. So the cross-entropy, {cross} {unit.name} a {noun} "
            f"on average, is all {tone_html(theme, 'kl', 'KL')}. It is the loss of a classifier."
            if found.entropy == 0
            else f"On average over {found.cases} cases, the belief costs {kl} {unit.name} a {noun} more than the "
            f"entropy, {entropy}."
        )
    # A smaller KL in nats rounds to 0.000000, even in the exact tooltips.
    if found.kl < 5e-7:
        return (
            f"You expect what is true: Q equals P. {subject} surprises you by {entropy} {unit.name} on average, and no "
            "belief would make that less."
        )
    return (
        f"{plural(noun).capitalize()} follow P, but you expect Q. {subject} surprises you by {cross} {unit.name} on "
        f"average. With the right belief it would be {entropy}, so the wrong one costs {kl} {unit.name} a {noun}."
    )


def _separate(outcomes: Outcomes, found: BeliefComparison, unit: Unit, theme: Theme) -> str:
    # Only the two ends: the sentence is about the contrast.
    rarest, surest = int(np.argmin(found.p)), int(np.argmax(found.p))
    values = [number_text(float(found.information_p[row] * unit.per_nat)) for row in (surest, rarest)]
    return (
        f"The less likely an event, the more information it carries. “{outcomes.names[surest]}” carries "
        f"{tone_html(theme, 'truth', values[0])} {unit.name}, “{outcomes.names[rarest]}” "
        f"{tone_html(theme, 'truth', values[1])}."
    )


def draws_words(means: Values, unit: Unit, theme: Theme) -> str:
    """Return the mean of the events drawn so far, or what a draw shows."""
    if not len(means):
        return "The mean surprise approaches H(P, Q) as more events are drawn."
    if not np.isfinite(means[-1]):
        first = int(np.argmax(~np.isfinite(means))) + 1
        return f"Event {first} was impossible according to Q: from there on the mean is infinite."
    value = tone_html(theme, "belief", number_text(float(means[-1]) * unit.per_nat))
    return f"Mean after {len(means):,} events: {value} {unit.name}. More events bring it closer to H(P, Q)."


def with_article(noun: str) -> str:
    """Return a noun with its indefinite article, as the beginning of a sentence."""
    return f"{'An' if noun[:1] in 'aeiou' else 'A'} {noun}"


def plural(noun: str) -> str:
    """Return the plural of one of the nouns of the examples."""
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")

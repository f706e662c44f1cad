"""A sample's bound as rows of bars, on an axis that may be broken, and the widget that draws them."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from explorer.latent.bound.sample_bound import SampleBound
from explorer.rendering.drawing import MINUS
from explorer.ui.decode.forward_pass.code_rows import fixed
from explorer.ui.pictures.renderers import LEFT, RIGHT, small_font
from explorer.ui.theme.theme import ThemeSource

Tone = Literal["reconstruction", "kl", "gap", "whole"]
Bar = tuple[float, float, Tone]
"""Start and end of a bar as costs −log p in nats, and the term that it shows."""

ROOM = 0.12
"""Margin beyond the terms, as a share of their width."""
STUB = 0.2
"""Share of the axis that stands for the range left out."""
FAR = 1.2
"""The axis is broken if 0 is farther away than this many widths of the terms."""
MIN_NATS = 0.05
"""Minimum width of the terms in nats, so that noise is not magnified without limit."""

TIPS = {
    "reconstruction": "Reconstruction: −E log p(x|z) under q(z|x), in nats",
    "kl": "KL(q(z|x) ‖ p(z)): how far q is from the prior, in nats",
    "elbo": "ELBO = −reconstruction − KL: the lower bound of log p(x) that a VAE maximizes, in nats",
    "gap": "Gap: KL(q(z|x) ‖ p(z|x)) = log p(x) − ELBO, zero if q is the true posterior, in nats",
    "log_likelihood": "log p(x) = log ∫ p(x|z) p(z) dz: the log-likelihood of the sample under the model, in nats",
}


@dataclass(frozen=True)
class BoundRow:
    """One row: its name, its value as text, and its bars."""

    name: str
    title: str
    value: str
    bars: tuple[Bar, ...]
    strong: bool = False

    @property
    def tip(self) -> str:
        """The definition of the row's term."""
        return TIPS[self.name]


@dataclass(frozen=True)
class CostAxis:
    """Positions of costs −log p (in nats) on a track from 0 to 1.

    ``low`` and ``high`` are the costs at the ends of the part that is to scale. On a ``broken`` axis cost 0 is at the
    end beyond the break.
    """

    low: float
    high: float
    broken: bool
    origin_at_left: bool = True  # False if all costs are negative: log p(x) above 0

    def position(self, cost: float) -> float:
        """Return the position of a cost, 0 to 1; on a broken axis cost 0 is at the end beyond the break."""
        if not self.broken:
            return (cost - self.low) / (self.high - self.low)
        if cost == 0:
            return 0.0 if self.origin_at_left else 1.0
        share = (cost - self.low) / (self.high - self.low) * (1 - STUB)
        return share + STUB if self.origin_at_left else share

    @property
    def break_at(self) -> float | None:
        """The middle of the break, 0 to 1; None without a break."""
        if not self.broken:
            return None
        return STUB / 2 if self.origin_at_left else 1 - STUB / 2


def bound_rows(bound: SampleBound) -> tuple[BoundRow, ...]:
    """Return the rows of reconstruction, KL, ELBO, gap and log p(x); only the last if the ELBO is not defined."""
    # Costs (negative log probabilities) make all bars grow to the right from 0.
    cost = -bound.log_likelihood
    whole = BoundRow("log_likelihood", "log p(x)", fixed(bound.log_likelihood), ((0.0, cost, "whole"),), strong=True)
    if bound.reconstruction is None or bound.kl is None or bound.elbo is None or bound.gap is None:
        return (whole,)
    first, last = bound.reconstruction, -bound.elbo
    # The KL's bar starts where the reconstruction's ends: end to end they are the bar of the ELBO.
    decode: Bar = (0.0, first, "reconstruction")
    prior: Bar = (first, last, "kl")
    return (
        BoundRow("reconstruction", "−reconstruction", fixed(-first), (decode,)),
        BoundRow("kl", "−KL", fixed(-bound.kl), (prior,)),
        BoundRow("elbo", "= ELBO", fixed(bound.elbo), (decode, prior), strong=True),
        BoundRow("gap", "+ gap", _signed(bound.gap), ((cost, last, "gap"),)),
        BoundRow("log_likelihood", "= log p(x)", whole.value, whole.bars, strong=True),
    )


def axis_of(rows: tuple[BoundRow, ...]) -> CostAxis:
    """Return an axis on which KL and gap are readable even if they are small beside the reconstruction."""
    # 0 is left out: with it the reconstruction of 80 nats would squeeze a gap of 2 nats to a few pixels.
    ends = [end for row in rows for start, stop, _ in row.bars for end in (start, stop) if end != 0]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    width = max(high - low, MIN_NATS)
    low, high = low - ROOM * width, high + ROOM * width
    # Unbroken if 0 is near anyway, if costs have both signs, or if there is only log p(x).
    if len(rows) == 1 or min(abs(low), abs(high)) <= FAR * width or low < 0 < high:
        return CostAxis(min(low, 0.0), max(high, 0.0), broken=False)
    return CostAxis(low, high, broken=True, origin_at_left=low > 0)


def _signed(value: float) -> str:
    # A gap near 0 is the point of the row: show that it is positive, however small.
    if 0 <= value < 0.005:
        return f"+{value:.4f}"
    return f"{value:+.2f}".replace("-", MINUS)


def described(rows: tuple[BoundRow, ...]) -> str:
    """Return the rows as a sentence for screen readers."""
    return ", ".join(f"{row.title} {row.value}" for row in rows)


LINE = 1.55
"""Height of a row in heights of its text."""
BAR = 0.55
"""Height of a bar in heights of its text."""
MIN_BAR = 2.0
"""Minimum width of a bar in pixels, so that a small term stays visible."""


class BoundBars(QWidget):
    """Draws one row for each term: its name, its bar, and its value in nats.

    The axis runs from 0 nats to the right. If 0 is far from the terms, the axis is broken, and the break is drawn.
    """

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._rows: tuple[BoundRow, ...] = ()
        self._axis = CostAxis(0, 1, broken=False)
        self.setObjectName("bound_bars")
        self.setAccessibleName("log p(x) = ELBO + gap, in nats")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._fit_height)

    @property
    def rows(self) -> tuple[BoundRow, ...]:
        """The rows drawn."""
        return self._rows

    @property
    def axis(self) -> CostAxis:
        """The axis that the bars are drawn along."""
        return self._axis

    def set_rows(self, rows: tuple[BoundRow, ...]) -> None:
        """Draw other rows; the height changes only with their number."""
        changed = len(rows) != len(self._rows)
        self._rows, self._axis = rows, axis_of(rows)
        # The bars say nothing to a screen reader; this sentence does.
        self.setAccessibleDescription(f"{described(rows)}, in nats")
        if changed:
            self._fit_height()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the preferred size for all rows, in pixels."""
        return QSize(120, round(len(self._rows) * self._line()))

    def bar_of(self, row: int, part: int = 0) -> QRectF:
        """Return the rectangle of a bar, in pixels."""
        start, stop, _ = self._rows[row].bars[part]  # nats
        track = self._track(row)
        # A negative cost (a density above 1) has its start right of its stop.
        ends = sorted(track.left() + self._axis.position(cost) * track.width() for cost in (start, stop))
        width = max(MIN_BAR, ends[1] - ends[0])
        # A bar widened to the minimum grows on both sides, so that its middle stays at the true cost.
        return QRectF(ends[0] - (width - (ends[1] - ends[0])) / 2, track.top(), width, track.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the name, bars and number of each row."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            theme = self._themes.theme
            for index, row in enumerate(self._rows):
                top, line = index * self._line(), self._line()
                # A line above the sums separates them from the terms that they add up.
                if row.strong and index:
                    painter.setPen(QPen(QColor(theme.line), 1))
                    painter.drawLine(QPointF(0, top), QPointF(self.width(), top))
                painter.setFont(_font(row))
                painter.setPen(QColor(theme.text if row.strong else theme.muted))
                painter.drawText(QRectF(0, top, self._name_width(), line), LEFT, row.title)
                painter.setPen(QColor(theme.text))
                painter.drawText(QRectF(0, top, self.width(), line), RIGHT, row.value)
                self._draw_bars(painter, index)

    def event(self, event: QEvent) -> bool:
        """Show the tooltip of the row under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = int(event.pos().y() / self._line())
            if 0 <= index < len(self._rows):
                QToolTip.showText(event.globalPos(), self._rows[index].tip, self)
                return True
        return super().event(event)

    def _draw_bars(self, painter: QPainter, index: int) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        for part, (start, stop, tone) in enumerate(self._rows[index].bars):
            bar = self.bar_of(index, part)
            painter.setBrush(self._colour(tone))
            painter.drawRect(bar)
            # Only a bar that begins at 0 crosses the part of the axis that is left out.
            if self._axis.break_at is not None and 0 in (start, stop):
                self._draw_break(painter, bar, self._track(index))

    def _draw_break(self, painter: QPainter, bar: QRectF, track: QRectF) -> None:
        """Draw two slanted lines in the panel's colour across a bar."""
        assert self._axis.break_at is not None
        x, lean = track.left() + self._axis.break_at * track.width(), 0.3 * bar.height()
        # In the background colour the lines look like a gap in the bar.
        painter.setPen(QPen(QColor(self._themes.theme.panel), 2.2 * self._themes.scale))
        for offset in (-2.5, 2.5):
            middle = x + offset * self._themes.scale
            painter.drawLine(QPointF(middle - lean, bar.bottom() + 1), QPointF(middle + lean, bar.top() - 1))
        painter.setPen(Qt.PenStyle.NoPen)

    def _colour(self, tone: Tone) -> QColor:
        theme = self._themes.theme
        names = {"reconstruction": theme.accent, "kl": theme.warning, "gap": theme.good, "whole": theme.edge}
        return QColor(names[tone])

    def _track(self, row: int) -> QRectF:
        metrics = QFontMetricsF(small_font())
        name, height = self._name_width(), BAR * metrics.height()
        # All rows share one column of numbers, as wide as the widest value.
        number = max((_metrics(each).horizontalAdvance(each.value) for each in self._rows), default=0.0) + 8
        top = row * self._line() + (self._line() - height) / 2
        return QRectF(name, top, max(10.0, self.width() - name - number), height)

    def _name_width(self) -> float:
        return max((_metrics(row).horizontalAdvance(row.title) for row in self._rows), default=0.0) + 8

    def _line(self) -> float:
        return LINE * QFontMetricsF(small_font()).height()

    @Slot()
    def _fit_height(self) -> None:
        self.setFixedHeight(max(1, self.sizeHint().height()))
        self.update()


def _font(row: BoundRow) -> QFont:
    font = small_font()
    if row.strong:
        font.setWeight(QFont.Weight.DemiBold)
    return font


def _metrics(row: BoundRow) -> QFontMetricsF:
    return QFontMetricsF(_font(row))

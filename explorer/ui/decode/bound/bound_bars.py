"""Bar chart of the bound of one sample, along one axis of nats."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from explorer.ui.decode.bound.bound_rows import BoundRow, CostAxis, Tone, axis_of, described
from explorer.ui.pictures.drawing import small_font
from explorer.ui.theme.theme import ThemeSource

LINE = 1.55
"""Height of a row in heights of its text."""
BAR = 0.55
"""Height of a bar in heights of its text."""
THINNEST = 2.0
"""Minimum width of a bar in pixels, so that a small term stays visible."""
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class BoundBars(QWidget):
    """Draw one row for each term: its name, its bar, and its value in nats.

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
        width = max(THINNEST, ends[1] - ends[0])
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

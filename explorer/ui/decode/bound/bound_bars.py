"""The widget that draws a sample's bound as bars: more likely is to the right.

The dashed part of the ELBO is the KL that it pays.
"""

from functools import partial

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from explorer.ui.decode.bound.bound_formula_view import term_colour
from explorer.ui.decode.bound.bound_rows import EXPECTATION, STUB, Bar, BoundAxis, BoundRow, axis_of, described
from explorer.ui.pictures.renderers import CENTRE, LEFT, RIGHT, small_font, strong_font
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.card_places import RowGap
from explorer.ui.why.why_card import WhyCard
from explorer.ui.why.why_mark import CardPlace, WhyMark

LINE = 1.45
"""Height of a row in heights of its text."""
BAR = 1.15
"""Height of a bar in heights of its text."""
MIN_BAR = 2.0
"""Minimum width of a bar in pixels, so that a small term stays visible."""
ALL_ROWS = 3
"""Number of rows of a bound with an ELBO."""
MORE_LIKELY = "more likely →"
ROW_TERMS = {"reconstruction": "expectation", "elbo": "elbo", "log_likelihood": "p_x_hard"}
"""The terms that the marks of the rows explain."""
MARK_GAP = 4


class BoundBars(QWidget):
    """Draws one row for each term, its bar, and its value in the unit shown, above one axis with ticks."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.rows: tuple[BoundRow, ...] = ()
        self.axis = BoundAxis(-1, 0)
        self._waiting = ""
        self._facts: dict[str, str] = {}
        self._gap = RowGap(self, lambda row: (row + 1) * self._line())
        # One for each row that may be drawn; which row has which term is known with the rows.
        self._marks = {
            name: WhyMark(f"bound_{name}", term, themes, self._place_of(name), self, fact=partial(self._fact, name))
            for name, term in ROW_TERMS.items()
        }
        self.setObjectName("bound_bars")
        self.setAccessibleName("log p(x) = ELBO + gap")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._gap.changed.connect(self._fit_height)
        themes.changed.connect(self._fit_height)

    def set_rows(self, rows: tuple[BoundRow, ...]) -> None:
        """Draw other rows; the height changes only with their number."""
        self.rows, self.axis, self._waiting = rows, axis_of(rows), ""
        # The bars say nothing to a screen reader; this sentence does.
        self.setAccessibleDescription(f"{described(rows)}, in {self._unit}")
        self._fit_height()

    def set_facts(self, facts: dict[str, str]) -> None:
        """Set the sentences with numbers of this sample for the cards of the rows, by name."""
        self._facts = facts
        # A reconstruction that is a cross-entropy has a card that says so.
        has_entropy = bool(facts.get("reconstruction"))
        self._marks["reconstruction"].set_term("bernoulli" if has_entropy else ROW_TERMS["reconstruction"])

    def _fact(self, name: str) -> str:
        return self._facts.get(name, "")

    def set_waiting(self, text: str) -> None:
        """Show a text instead of rows, in the room that all of them would take."""
        if text != self._waiting:
            self.rows, self._waiting = (), text
            self.setAccessibleDescription(text)
            self._fit_height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the marks beside the names."""
        super().resizeEvent(event)
        self._place_marks()

    def sizeHint(self) -> QSize:
        """Return the preferred size for all rows and the axis, in pixels."""
        rows = ALL_ROWS if self._waiting else len(self.rows)
        return QSize(120, round((rows + 1) * self._line()) + self._gap.height)

    @property
    def _unit(self) -> str:
        return next((row.unit.name for row in self.rows), "")

    def bar_of(self, row: int, part: int = 0) -> QRectF:
        """Return the rectangle of a bar, in pixels."""
        bar, track = self.rows[row].bars[part], self._track(row)
        ends = sorted(track.left() + self.axis.position(value) * track.width() for value in (bar.start, bar.stop))
        width = max(MIN_BAR, ends[1] - ends[0])
        # A bar widened to the minimum grows on both sides, so that its middle stays at the true value.
        return QRectF(ends[0] - (width - (ends[1] - ends[0])) / 2, track.top(), width, track.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the name, bars and number of each row, then the axis."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            theme, line = self._themes.theme, self._line()
            if not self.rows:
                painter.setFont(small_font())
                painter.setPen(QColor(theme.muted))
                painter.drawText(QRectF(0, 0, self.width(), line), LEFT, self._waiting)
                return
            for index, row in enumerate(self.rows):
                box = QRectF(0, index * line + self._gap.offset(index), self.width(), line)
                painter.setFont(strong_font())
                painter.setPen(QColor(theme.text))
                # The name of the first row stands in its bar, where there is more room.
                if row.title != row.bars[0].words:
                    painter.drawText(box, LEFT, row.title)
                painter.drawText(box, RIGHT, row.value)
                self._draw_bars(painter, index)
            self._draw_axis(painter, len(self.rows) * line + self._gap.offset(len(self.rows)))

    def event(self, event: QEvent) -> bool:
        """Show the tooltip of the row under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self._gap.row_at(event.pos().y(), lambda y: int(y / self._line()))
            if 0 <= index < len(self.rows):
                QToolTip.showText(event.globalPos(), self.rows[index].tip, self)
                return True
        return super().event(event)

    def _draw_bars(self, painter: QPainter, index: int) -> None:
        for part, bar in enumerate(self.rows[index].bars):
            box, colour = self.bar_of(index, part), term_colour(self._themes.theme, bar.tone)
            if bar.dashed:
                fill = QColor(colour)
                fill.setAlphaF(0.22)
                painter.fillRect(box, fill)
                painter.setPen(QPen(colour, 1, Qt.PenStyle.DashLine))
                painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
            else:
                painter.fillRect(box, colour)
            if bar.start is None:
                self._draw_cut(painter, box, self._track(index))
            self._draw_words(painter, bar, box)

    def _draw_words(self, painter: QPainter, bar: Bar, box: QRectF) -> None:
        """Draw the words of a bar in it; where they do not fit, to its right, or to its left over the bar before."""
        painter.setFont(small_font())
        theme, wide = self._themes.theme, QFontMetricsF(small_font()).horizontalAdvance(bar.words) + 8
        ink = QColor(theme.accent_text if bar.tone == "reconstruction" else term_colour(self._themes.theme, bar.tone))
        if bar.tone == "reconstruction" and bar.words:
            # Right of the cut, where the bar is whole.
            box = box.adjusted(self._cut_at(self._track(0)) - box.left() + 8 * self._themes.scale, 0, 0, 0)
            words, is_inside = self._row_name(bar.words, box)
            painter.setPen(ink if is_inside else QColor(theme.text))
            painter.drawText(box if is_inside else self._right_of(box), LEFT, words)
        elif bar.words:
            painter.setPen(ink)
            if wide <= box.width():
                if not bar.dashed:
                    painter.setPen(QColor(theme.panel))
                painter.drawText(box, CENTRE, bar.words)
            elif wide <= self._right_of(box).width() + 5:
                painter.drawText(self._right_of(box), LEFT, bar.words)
            else:
                painter.setPen(QColor(theme.accent_text if bar.dashed else theme.panel))
                painter.drawText(QRectF(box.left() - wide, box.top(), wide - 4, box.height()), RIGHT, bar.words)

    def _row_name(self, words: str, bar: QRectF) -> tuple[str, bool]:
        """Return a name of the first row that fits in its bar, right of the cut, or beside it; and whether in it."""
        rooms = (bar.width(), True), (self._right_of(bar).width(), False)
        width = QFontMetricsF(small_font()).horizontalAdvance
        fitting = ((form, inside) for form in (words, EXPECTATION) for room, inside in rooms if width(form) <= room)
        return next(fitting, ("", True))

    def _right_of(self, bar: QRectF) -> QRectF:
        """Return the room for words between a bar and the numbers."""
        left = bar.right() + 5
        return QRectF(left, bar.top(), max(0.0, self._track(0).right() - left), bar.height())

    def _draw_cut(self, painter: QPainter, bar: QRectF, track: QRectF) -> None:
        """Draw a slanted gap in the panel's colour across a bar: the axis does not begin here."""
        x, lean, wide = self._cut_at(track), 0.25 * bar.height(), 2 * self._themes.scale
        painter.setPen(QPen(QColor(self._themes.theme.panel), wide))
        painter.drawLine(QPointF(x - lean, bar.bottom() + 1), QPointF(x + lean, bar.top() - 1))

    def _draw_axis(self, painter: QPainter, top: float) -> None:
        """Draw the ticks with their numbers; those that would touch other words have none."""
        theme, track, line = self._themes.theme, self._track(0), self._line()
        painter.setFont(small_font())
        metrics = QFontMetricsF(small_font())
        painter.setPen(QColor(theme.muted))
        row = QRectF(0, top, self.width(), line)
        painter.drawText(row, LEFT, self._unit)
        painter.drawText(row, RIGHT, MORE_LIKELY)
        free = metrics.horizontalAdvance(self._unit) + 4
        right = self.width() - metrics.horizontalAdvance(MORE_LIKELY) - 6
        for tick, text in zip(self.axis.ticks, self.axis.tick_texts, strict=True):
            x = track.left() + self.axis.position(tick) * track.width()
            half = metrics.horizontalAdvance(text) / 2
            if x - half >= free and x + half <= right:
                painter.drawText(QRectF(x - half - 2, top, 2 * half + 4, line), CENTRE, text)
                free = x + half + 6

    def _cut_at(self, track: QRectF) -> float:
        return track.left() + 0.55 * STUB * track.width()

    def _track(self, row: int) -> QRectF:
        small, strong = QFontMetricsF(small_font()), QFontMetricsF(strong_font())
        titles = [row.title for row in self.rows if row.title != row.bars[0].words]
        name = max((strong.horizontalAdvance(title) for title in titles), default=0.0) + 8
        # All rows share one column of numbers, as wide as the widest value.
        number = max((strong.horizontalAdvance(each.value) for each in self.rows), default=0.0) + 8
        name += self._marks["elbo"].width() + MARK_GAP
        height = BAR * small.height()
        top = row * self._line() + self._gap.offset(row) + (self._line() - height) / 2
        return QRectF(name, top, max(10.0, self.width() - name - number), height)

    def _place_of(self, name: str) -> CardPlace:
        def put(card: WhyCard) -> None:
            self._gap.below(next(index for index, row in enumerate(self.rows) if row.name == name))(card)

        return put

    def _place_marks(self) -> None:
        """Put the marks into a column between the names and the bars."""
        shown = {row.name: index for index, row in enumerate(self.rows)}
        for name, mark in self._marks.items():
            mark.setVisible(name in shown)
            if name in shown:
                track = self._track(shown[name])
                mark.move(round(track.left() - mark.width() - MARK_GAP), round(track.center().y() - mark.height() / 2))

    def _line(self) -> float:
        return LINE * QFontMetricsF(small_font()).height()

    @Slot()
    def _fit_height(self) -> None:
        self.setFixedHeight(max(1, self.sizeHint().height()))
        self._place_marks()
        self.update()

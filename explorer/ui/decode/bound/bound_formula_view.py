"""The bound as a formula: each term typeset, with a rule in the colour of its bar, its value and its name below.

1. `BoundFormula` typesets the terms as large as the width allows, in two rows, and lays them out.
2. Under the mouse, a symbol lights the thing that it stands for; between symbols, the term lights all of its things.
3. What others light (`set_lit`) is marked in the formula, too.
"""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFontMetricsF,
    QHideEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.latent.bound.derivation import BoundNumbers
from explorer.rendering.bound_formula import TERMS, FormulaTerm
from explorer.rendering.theme import Theme
from explorer.rendering.typeset import Formula, Token, typeset
from explorer.ui.pictures.renderers import CENTRE, small_font, strong_font
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.card_places import RowGap
from explorer.ui.why.why_mark import WhyMark
from explorer.ui.widgets.formula_view import painter_path, role_colour

FORMULA_SIZE, MIN_SIZE = 15.0, 10.0
"""Preferred and minimum font size of formulas in pixels at text scale 1."""
RULE = 2.0
SIGN_ROOM = 1.4
"""Width of a sign between two terms, in font sizes."""
ROWS = (TERMS[:2], TERMS[2:])
MARK_GAP = 4


def term_colour(theme: Theme, tone: str) -> QColor:
    """Return the colour of a term of the bound: that of its bar, and of the rule below it in the formula."""
    return QColor({"reconstruction": theme.accent, "kl": theme.warning, "gap": theme.good}.get(tone, theme.edge))


def draw_formula(
    painter: QPainter, formula: Formula, at: QPointF, theme: Theme, lit: frozenset[str] = frozenset()
) -> None:
    """Draw a typeset formula with its upper left corner at a point; symbols of lit things have a muted ground."""
    painter.setPen(Qt.PenStyle.NoPen)
    # All grounds before all letters, as italic letters reach into their neighbours.
    for piece in formula.pieces:
        if piece.token.key and piece.token.key in lit:
            ground = QRectF(at.x() + piece.left, at.y() - 1, piece.right - piece.left, formula.height + 2)
            painter.fillRect(ground, QColor(theme.accent_quiet))
    for piece in formula.pieces:
        painter.fillPath(painter_path(piece).translated(at), role_colour(theme, piece.token.role))


def fitting_size(rows: list[list[tuple[Token, ...]]], extra: float, width: float, scale: float) -> float:
    """Return the largest font size in pixels at which each row of token groups fits a width.

    ``extra`` is added to each row, in font sizes.
    """
    # Widths are proportional to the font size, so that one measurement is enough.
    size = FORMULA_SIZE * scale
    widest = max(sum(typeset(tokens, size).width for tokens in row) + extra * size for row in rows)
    return max(MIN_SIZE * scale, min(size, size * width / widest)) if widest > 0 else size


@dataclass(frozen=True, eq=False)
class PlacedTerm:
    """A term in its place: its formula with the upper left corner, and the box of the whole block."""

    term: FormulaTerm
    formula: Formula
    at: QPointF
    box: QRectF


class BoundFormula(QWidget):
    """Draws log p(x) = −reconstruction − KL + gap with the numbers of one sample.

    Signals
    -------
    hovered : frozenset
        The things of the symbol or term under the mouse changed.
    """

    hovered = Signal(frozenset)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._numbers: BoundNumbers | None = None
        self._ready = False
        self._placed: tuple[PlacedTerm, ...] = ()
        self._lit: frozenset[str] = frozenset()
        self._own: frozenset[str] = frozenset()
        # Terms are painted: a card needs a gap between their rows, as no layout makes one.
        self._gap = RowGap(self, lambda row: (row + 1) * self._row_height())
        self._marks = {
            term.key: WhyMark(f"formula_{term.key}", term.term, themes, self._gap.below(row), self)
            for row, terms in enumerate(ROWS)
            for term in terms
        }
        self.setObjectName("formula_view")
        self.setAccessibleName("log p(x) = −reconstruction − KL + gap")
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for mark in self._marks.values():
            mark.hide()  # until the terms are typeset
        self._gap.changed.connect(self._fit_height)
        themes.changed.connect(self._fit_height)

    @property
    def placed(self) -> tuple[PlacedTerm, ...]:
        """The terms as they are drawn."""
        return self._placed

    def value(self, term: FormulaTerm) -> str:
        """Return the value of a term as text."""
        return "" if self._numbers is None else self._numbers.text(getattr(self._numbers, term.key))

    def show_numbers(self, numbers: BoundNumbers | None, unit: str) -> None:
        """Show the numbers of a sample, and name their unit to screen readers; None until they are known."""
        self._numbers = numbers
        said = ", ".join(f"{term.title} {self.value(term)}" for term in TERMS)
        self.setAccessibleDescription(f"{said}, in {unit}" if numbers is not None else "")
        self.update()

    def set_ready(self) -> None:
        """Draw the formulas; call this once they can be typeset without a pause."""
        self._ready = True
        self._place()
        self.update()

    def set_lit(self, things: frozenset[str]) -> None:
        """Mark the symbols of these things."""
        if things != self._lit:
            self._lit = things
            self.update()

    def sizeHint(self) -> QSize:
        """Return the preferred size in pixels."""
        return QSize(120, round(len(ROWS) * self._row_height()) + self._gap.height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Typeset the terms for the new width."""
        super().resizeEvent(event)
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the terms, their rules, values and names."""
        theme, small, strong = self._themes.theme, small_font(), strong_font()
        line = QFontMetricsF(small).height()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for placed in self._placed:
                box, term = placed.box, placed.term
                draw_formula(painter, placed.formula, placed.at, theme, self._lit)
                under = placed.at.y() + placed.formula.height + 2
                # The rule is thicker only for the hovered term, not for terms that share a thing with it.
                width = RULE * self._themes.scale * (2 if term.things == self._own else 1)
                painter.fillRect(QRectF(box.left(), under, box.width(), width), term_colour(theme, term.tone))
                painter.setFont(strong)
                painter.setPen(QColor(theme.text))
                value = QRectF(box.left(), under + 3 * self._themes.scale, box.width(), line)
                painter.drawText(value, CENTRE, self.value(term))
                painter.setFont(small)
                painter.setPen(QColor(theme.muted))
                # Name and mark are centred together.
                room = self._marks[term.key].width() + MARK_GAP
                name = QRectF(box.left(), value.bottom(), box.width() - room, line)
                painter.drawText(name, CENTRE, term.title)
                if term.sign:
                    self._draw_sign(painter, placed, theme)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light what is under the mouse."""
        self._hover(self.things_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Light nothing."""
        super().leaveEvent(event)
        self._hover(frozenset())

    def enterEvent(self, event: QEnterEvent) -> None:
        """Light what is under the mouse."""
        super().enterEvent(event)
        self._hover(self.things_at(event.position()))

    def hideEvent(self, event: QHideEvent) -> None:
        """Light nothing: a view that folds away under the mouse gets no leave event."""
        super().hideEvent(event)
        self._hover(frozenset())

    def things_at(self, point: QPointF) -> frozenset[str]:
        """Return the thing of the symbol at a point, else all things of the term there."""
        for placed in self._placed:
            if placed.box.contains(point):
                # Value and name belong to the term as a whole, not to the symbol above them.
                inside = point.y() <= placed.at.y() + placed.formula.height
                piece = placed.formula.piece_at(point.x() - placed.at.x()) if inside else None
                return frozenset({piece.token.key}) if piece is not None and piece.token.key else placed.term.things
        return frozenset()

    def _hover(self, things: frozenset[str]) -> None:
        # Planes and pictures are drawn again for each change: not for a move within one symbol.
        if things != self._own:
            self._own = things
            self.update()
            self.hovered.emit(things)

    def _draw_sign(self, painter: QPainter, placed: PlacedTerm, theme: Theme) -> None:
        size = self._size()
        # mathtext has its own minus; the sign is the one that is written in texts.
        sign = typeset((Token({"−": "-", "+": "+", "=": "="}[placed.term.sign]),), size)
        left = placed.box.left() - (SIGN_ROOM * size + sign.width) / 2
        # On the baseline of the term beside it.
        at = QPointF(left, placed.at.y() + placed.formula.baseline - sign.baseline)
        draw_formula(painter, sign, at, theme)

    def _size(self) -> float:
        rows = [[term.tokens for term in row] for row in ROWS]
        return fitting_size(rows, 2 * SIGN_ROOM, self.width(), self._themes.scale)

    def _place(self) -> None:
        """Place the terms of both rows, and the marks beside their names."""
        if not self._ready:
            return
        size, found = self._size(), []
        metrics = QFontMetricsF(small_font())
        for number, row in enumerate(ROWS):
            formulas = [typeset(term.tokens, size) for term in row]
            names = [metrics.horizontalAdvance(term.title) + self._mark_room() for term in row]
            # A name may be wider than its formula, and must not touch the next one.
            widths = [max(one.width, name) for one, name in zip(formulas, names, strict=True)]
            signs = [SIGN_ROOM * size if term.sign else 0.0 for term in row]
            # The remaining width is divided equally, so that both rows fill it.
            free = max(0.0, self.width() - sum(widths) - sum(signs)) / len(row)
            top = number * self._row_height() + self._gap.offset(number)
            x = 0.0
            for term, formula, width, sign in zip(row, formulas, widths, signs, strict=True):
                box = QRectF(x + sign, top, width + free, self._row_height())
                x = box.right()
                at = QPointF(box.center().x() - formula.width / 2, top + 4 * self._themes.scale)
                found.append(PlacedTerm(term, formula, at, box))
        self._placed = tuple(found)
        for placed in self._placed:
            self._place_mark(placed, metrics)

    def _place_mark(self, placed: PlacedTerm, metrics: QFontMetricsF) -> None:
        mark = self._marks[placed.term.key]
        middle = placed.box.center().x() - self._mark_room() / 2
        left = middle + metrics.horizontalAdvance(placed.term.title) / 2 + MARK_GAP
        under = placed.at.y() + placed.formula.height + 2 + 3 * self._themes.scale + 1.5 * metrics.height()
        mark.move(round(left), round(under - mark.height() / 2))
        mark.show()

    def _mark_room(self) -> float:
        return self._marks[TERMS[0].key].sizeHint().width() + MARK_GAP

    def _row_height(self) -> float:
        """Return the height of a row: formula, rule, value and name."""
        lines = 2 * QFontMetricsF(small_font()).height()
        return 1.35 * FORMULA_SIZE * self._themes.scale + lines + 16 * self._themes.scale

    @Slot()
    def _fit_height(self) -> None:
        self.setFixedHeight(max(1, self.sizeHint().height()))
        self._place()
        self.update()

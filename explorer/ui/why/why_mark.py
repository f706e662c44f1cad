"""The round "?" beside a term, and the controller that opens its card: one card in a window at a time.

1. A part of the window makes a `WhyMark` with a term and a place, which puts a card where it belongs
   (`explorer.ui.why.card_places`).
2. A press of the mark, by mouse or keyboard, asks the `WhyCards` of its window to open the card, or to close it.
3. A second card replaces the first. Esc closes it, and so does hiding the mark.
4. The main window says what *See it* does (`WhyCards.connect_see_it`); elsewhere a card has no such button.
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QColor, QFont, QKeySequence, QPainter, QPaintEvent, QPen, QShortcut
from PySide6.QtWidgets import QAbstractButton, QScrollArea, QSizePolicy, QWidget
from shiboken6 import isValid

from explorer.glossary import GlossaryTerm, glossary
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.why_card import WhyCard
from explorer.ui.widgets.identity import set_identity

SIDE = 14
"""Diameter of a mark in pixels at text scale 1."""
CardPlace = Callable[[WhyCard], None]
"""Puts a card in its place and shows it there; a card that is deleted leaves no gap."""


class WhyMark(QAbstractButton):
    """A quiet round mark that opens the card of a term.

    Parameters
    ----------
    name
        What follows ``why_`` in the object name: the part of the window and the term.
    term
        Key of the term.
    place
        Puts the card below the row of the mark.
    fact
        Returns a sentence with the numbers of the run or sample in view, or "".
    """

    def __init__(
        self,
        name: str,
        term: str,
        themes: ThemeSource,
        place: CardPlace,
        parent: QWidget | None = None,
        *,
        fact: Callable[[], str] | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes, self.place, self.fact = themes, place, fact
        self.term = ""
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setObjectName(f"why_{name}")
        self.set_term(term)
        self.clicked.connect(self._on_clicked)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    def set_term(self, term: str) -> None:
        """Set another term."""
        if term != self.term:
            self.term = term
            entry = glossary()[term]
            # Rich text, so that the tooltip wraps.
            tip = f"<b>{entry.question}</b><br>{entry.answer}"
            set_identity(self, self.objectName(), tip, entry.question)

    def sizeHint(self) -> QSize:
        """Return the size in pixels."""
        side = round(SIDE * self._themes.scale)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the circle and the question mark; filled while the card is open."""
        theme = self._themes.theme
        is_hovered = self.underMouse() or self.hasFocus()
        ring = theme.accent if is_hovered or self.isChecked() else theme.edge
        ink = theme.accent_text if self.isChecked() else theme.accent_ink if is_hovered else theme.muted
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            circle = QRectF(self.rect()).adjusted(1, 1, -1, -1)
            painter.setPen(QPen(QColor(ring), 2 if self.hasFocus() else 1))
            painter.setBrush(QColor(theme.accent) if self.isChecked() else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(circle)
            font = QFont(self.font())
            font.setPixelSize(round(0.68 * self.height()))
            font.setWeight(QFont.Weight.DemiBold)
            painter.setFont(font)
            painter.setPen(QColor(ink))
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, "?")

    def event(self, event: QEvent) -> bool:
        """Draw the mark again when the mouse enters or leaves it."""
        if event.type() in (QEvent.Type.Enter, QEvent.Type.Leave):
            self.update()
        return super().event(event)

    @Slot()
    def _on_clicked(self) -> None:
        cards_of(self, self._themes).toggle(self)

    @Slot()
    def _apply_theme(self) -> None:
        self.setFixedSize(self.sizeHint())
        self.update()


class WhyCards(QObject):
    """Opens and closes the cards of one window."""

    def __init__(self, window: QWidget, themes: ThemeSource) -> None:
        super().__init__(window)
        self._themes = themes
        self._card: WhyCard | None = None
        self._mark: WhyMark | None = None
        self._term: GlossaryTerm | None = None
        self._see: dict[str, Callable[[str], object]] = {}
        self._escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), window)
        # Only while a card is open: otherwise Esc belongs to the planes and to full screen.
        self._escape.setEnabled(False)
        self._escape.activated.connect(self.close)
        self._escape.activatedAmbiguously.connect(self.close)

    @property
    def card(self) -> WhyCard | None:
        """The open card."""
        return self._card

    def connect_see_it(self, actions: dict[str, Callable[[str], object]]) -> None:
        """Set what *See it* does: for each kind, a function of its argument, such as ``"overlay"``."""
        self._see = actions

    def can_see(self, see_it: str) -> bool:
        """Return whether *See it* of a term does something in this window."""
        return see_it.partition(" ")[0] in self._see

    @Slot(str)
    def see(self, see_it: str) -> None:
        """Show a thing in the window, such as ``"overlay posterior"``."""
        kind, _, argument = see_it.partition(" ")
        self._see[kind](argument)

    @Slot()
    def refresh(self) -> None:
        """Update the open card after the numbers in it have changed."""
        if self._card is not None and self._term is not None:
            self._show(self._term)

    def toggle(self, mark: WhyMark) -> None:
        """Open the card of a mark, or close it if it is open."""
        was_open = self._mark is mark
        self.close()
        if not was_open:
            self._open(mark)

    @Slot()
    def close(self) -> None:
        """Close the open card."""
        card, mark, self._card, self._mark = self._card, self._mark, None, None
        self._escape.setEnabled(False)
        if mark is not None and isValid(mark):
            mark.removeEventFilter(self)
            mark.setChecked(False)
        if card is not None and isValid(card):
            # Out of its layout at once: deleteLater takes effect in the event loop.
            if card.isAncestorOf(card.window().focusWidget() or card) and mark is not None and isValid(mark):
                mark.setFocus(Qt.FocusReason.OtherFocusReason)
            card.hide()
            card.setParent(None)
            card.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Close the card when its mark is hidden."""
        if watched is self._mark and event.type() == QEvent.Type.Hide:
            self.close()
        return False

    def _open(self, mark: WhyMark) -> None:
        self._card, self._mark = WhyCard(self._themes), mark
        self._card.see_wanted.connect(self.see)
        self._card.link_wanted.connect(self._on_link)
        self._show(glossary()[mark.term])
        mark.setChecked(True)
        mark.installEventFilter(self)
        mark.place(self._card)
        self._escape.setEnabled(True)
        # Once the layout knows its height.
        QTimer.singleShot(0, self, self._scroll_to)

    def _show(self, term: GlossaryTerm) -> None:
        assert self._card is not None
        self._term, mark = term, self._mark
        fact = mark.fact() if mark is not None and mark.fact is not None and mark.term == term.key else ""
        self._card.show_term(term, can_show=self.can_see(term.see_it), fact=fact)

    @Slot(str)
    def _on_link(self, key: str) -> None:
        if self._card is not None:
            self._show(glossary()[key])

    @Slot()
    def _scroll_to(self) -> None:
        """Scroll no further than is needed to see the card."""
        card = self._card
        area = card.parentWidget() if card is not None else None
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if card is not None and area is not None:
            area.ensureWidgetVisible(card, 0, 4)


def cards_of(widget: QWidget, themes: ThemeSource) -> WhyCards:
    """Return the controller of the cards in a widget's window."""
    window = widget.window()
    found = window.findChild(WhyCards, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return found if isinstance(found, WhyCards) else WhyCards(window, themes)

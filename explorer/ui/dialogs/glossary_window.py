"""The glossary in a window: a search, the list of terms, and the card of one."""

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from explorer.glossary import glossary, search_terms
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.why_card import WhyCard
from explorer.ui.why.why_mark import WhyCards
from explorer.ui.widgets.buttons import close_button, resize_to_text
from explorer.ui.widgets.identity import set_identity

KEY = Qt.ItemDataRole.UserRole


class GlossaryWindow(QDialog):
    """Lists all terms. What *See it* shows appears in the main window, beside which this one stays open.

    Parameters
    ----------
    cards
        The controller of the main window, which knows what *See it* does.
    """

    def __init__(self, themes: ThemeSource, cards: WhyCards, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "glossary_window", accessible="Glossary").setWindowTitle("Glossary")
        self._cards = cards
        self.search = set_identity(QLineEdit(), "glossary_search", "Search names, symbols, questions and answers")
        self.search.setPlaceholderText("Search")
        self.search.setClearButtonEnabled(True)
        self.list = set_identity(QListWidget(), "glossary_terms", "The terms", "Terms")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.card = WhyCard(themes)
        self._where = set_identity(QLabel(wordWrap=True), "glossary_where", accessible="Where the window shows it")
        self._where.setTextFormat(Qt.TextFormat.MarkdownText)
        self._where.setProperty("role", "muted")
        self._nothing = QLabel("No term has these words.", wordWrap=True)
        self._nothing.setProperty("role", "muted")
        self._arrange()
        self.search.textChanged.connect(self._fill)
        self.search.installEventFilter(self)
        self.list.currentItemChanged.connect(self._show_current)
        self.card.see_wanted.connect(cards.see)
        self.card.link_wanted.connect(self.show_term)
        self._fill()
        resize_to_text(self, 56, 36)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move through the list by the arrow keys while the search has the focus."""
        moves = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in moves:
            self.list.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)

    @Slot(str)
    def show_term(self, key: str) -> None:
        """Show a term; a search that hides it is cleared."""
        row = self._row_of(key)
        if row < 0:
            self.search.clear()
            row = self._row_of(key)
        self.list.setCurrentRow(row)

    def _row_of(self, key: str) -> int:
        rows = range(self.list.count())
        return next((row for row in rows if self.list.item(row).data(KEY) == key), -1)

    def _arrange(self) -> None:
        right = QVBoxLayout()
        for widget in (self.card, self._where, self._nothing):
            right.addWidget(widget)
        right.addStretch(1)
        middle = QHBoxLayout()
        middle.addWidget(self.list, 2)
        middle.addLayout(right, 3)
        layout = QVBoxLayout(self)
        layout.addWidget(self.search)
        layout.addLayout(middle, 1)
        layout.addWidget(close_button(self, "glossary"))
        self.search.setFocus()

    @Slot()
    def _fill(self) -> None:
        """List the terms that the search finds, under their groups while nothing is searched for."""
        words = self.search.text()
        self.list.clear()
        group = ""
        for term in search_terms(words):
            if not words.strip() and term.group != group:
                group = term.group
                self._add_heading(group)
            item = QListWidgetItem(term.title)
            item.setData(KEY, term.key)
            item.setToolTip(term.question)
            self.list.addItem(item)
        first = next((row for row in range(self.list.count()) if self.list.item(row).data(KEY)), -1)
        self.list.setCurrentRow(first)
        for widget in (self.card, self._where):
            widget.setVisible(first >= 0)
        self._nothing.setVisible(first < 0)

    def _add_heading(self, text: str) -> None:
        item = QListWidgetItem(text)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        font = self.list.font()
        font.setBold(True)
        item.setFont(font)
        self.list.addItem(item)

    @Slot()
    def _show_current(self) -> None:
        item = self.list.currentItem()
        term = glossary().get(str(item.data(KEY))) if item is not None else None
        if term is not None:
            self.card.show_term(term, can_show=self._cards.can_see(term.see_it))
            self._where.setText(f"In the window: {term.where}")

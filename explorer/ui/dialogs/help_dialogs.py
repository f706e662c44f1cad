"""The windows of the menu Help: the glossary, keys and mouse gestures, and what the program is."""

import platform
from importlib.metadata import version

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from explorer.glossary import glossary, search_terms
from explorer.ui.actions.actions import ACTIONS, Actions
from explorer.ui.theme.icons import app_icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.why_card import WhyCard
from explorer.ui.why.why_mark import WhyCards
from explorer.ui.widgets.buttons import close_button, resize_to_text
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.keyed_list import KeyedList, KeyedRow
from explorer.version import __version__

LIBRARIES = ("torch", "PySide6-Essentials", "pyqtgraph", "numpy", "scipy", "scikit-learn", "safetensors")
# Logical pixels; the icon is drawn from SVG at any device pixel ratio.
ICON_PIXELS = 72


class AboutDialog(QDialog):
    """Describes the program and lists everything that a bug report needs."""

    def __init__(self, device: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "about_dialog", accessible="About").setWindowTitle("About Latent Explorer")
        picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        picture.setPixmap(app_icon().pixmap(ICON_PIXELS, ICON_PIXELS))
        title = QLabel(f"Latent Explorer {__version__}", alignment=Qt.AlignmentFlag.AlignCenter)
        title.setProperty("role", "title")
        # From the installed metadata: importing the libraries for their versions takes seconds.
        libraries = [f"{name} {version(name)}" for name in LIBRARIES]
        rows = [
            "Train autoencoders and VAEs, see their latent space,\nand decode any point of it.",
            f"Device: {device}",
            f"Python {platform.python_version()} on {platform.platform(terse=True)}",
            ", ".join(libraries[:4]) + ",\n" + ", ".join(libraries[4:]),
            "MIT licence",
        ]
        layout = QVBoxLayout(self)
        layout.addWidget(picture)
        layout.addWidget(title)
        for text in rows:
            row = QLabel(text, alignment=Qt.AlignmentFlag.AlignCenter)
            # Selectable, to be copied into a bug report.
            row.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            layout.addWidget(row)
        layout.addWidget(close_button(self, "about"))


MOUSE = (
    ("Click or drag a plane", "Move the probe and decode along the way"),
    ("Click a point", "Follow that sample through the model"),
    ("Hover over a point", "Show its sample and label"),
    ("Wheel", "Zoom at the cursor"),
    ("Middle-drag, Space+drag", "Move the plane"),
    ("Shift+drag", "Select the samples in a box, or inside a lasso"),
    ("Ctrl+drag, Ctrl+Alt+drag, Shift+Alt+drag", "Add to the selection, remove from it, keep what is in both"),
    ("Double-click", "Fit: show 99 % of the codes"),
    ("Click the legend", "Hide or show a class; Alt+click shows only that class"),
    ("Double-click a pane header", "Maximize or restore the pane"),
    ("Drag a pane header", "Swap the pane with another one"),
    ("Arrow keys", "Move the probe by a small step; with Shift ten times as far"),
    ("Esc", "Shrink enlarged tabs; restore a maximized pane; then clear selection, path and probe in turn"),
)


class KeysDialog(QDialog):
    """Lists all gestures and shortcuts; the shortcuts are read from the actions."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "keys_dialog", accessible="Keys and mouse").setWindowTitle("Keys and mouse")
        page = QWidget()
        rows = QFormLayout(page)
        rows.setHorizontalSpacing(self.fontMetrics().height())
        # Gestures first: they cannot be found in the menus.
        for gesture, meaning in MOUSE:
            rows.addRow(gesture, QLabel(meaning, wordWrap=True))
        # Native texts: Ctrl is ⌘ on macOS.
        for spec in ACTIONS:
            if spec.keys:
                keys = actions[spec.name].shortcuts()
                shown = ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in keys)
                rows.addRow(shown, QLabel(spec.tip, wordWrap=True))
        # Lines wrap instead.
        scroll = set_identity(QScrollArea(widgetResizable=True), "keys_scroll", accessible="Keys and mouse")
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(page)
        layout = QVBoxLayout(self)
        layout.addWidget(scroll)
        layout.addWidget(close_button(self, "keys"))
        resize_to_text(self, 60, 50)


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
        self.list = set_identity(KeyedList(), "glossary_terms", "The terms", "Terms")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.card = WhyCard(themes)
        self._where = set_identity(QLabel(wordWrap=True), "glossary_where", accessible="Where the window shows it")
        self._where.setTextFormat(Qt.TextFormat.MarkdownText)
        self._where.setProperty("role", "muted")
        self._nothing = QLabel("No term contains these words.", wordWrap=True)
        self._nothing.setProperty("role", "muted")
        self._arrange()
        self.search.textChanged.connect(self._fill)
        self.search.installEventFilter(self)
        self.list.current_changed.connect(self._show_current)
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
        if not self.list.set_current(key):
            self.search.clear()
            self.list.set_current(key)

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
        terms, rows, group = search_terms(words), [], ""
        for term in terms:
            if not words.strip() and term.group != group:
                group = term.group
                rows.append(KeyedRow(group))
            rows.append(KeyedRow(term.title, term.key, term.question))
        self.list.show_rows(rows)
        if terms:
            self.list.set_current(terms[0].key)
        for widget in (self.card, self._where):
            widget.setVisible(bool(terms))
        self._nothing.setVisible(not terms)

    @Slot(object)
    def _show_current(self, key: object) -> None:
        # Headings have no key; Qt makes one current when it is clicked.
        term = glossary().get(str(key))
        if term is not None:
            self.card.show_term(term, can_show=self._cards.can_see(term.see_it))
            self._where.setText(f"In the window: {term.where}")

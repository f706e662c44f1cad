"""A why-card: the question and answer of a term, with a button that shows the thing itself."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from explorer.glossary import GlossaryTerm, glossary
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

LINE_LETTERS = 44
"""Minimum width of the text, in letters, at which a card is easy to read."""


class WhyCard(QFrame):
    """Shows one term. Links to related terms show those in the same card.

    Signals
    -------
    see_wanted : str
        The user wants to see the thing: the term's ``see_it``.
    link_wanted : str
        The user wants to read about another term, by its key.
    """

    see_wanted = Signal(str)
    link_wanted = Signal(str)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes, self._is_fixed = themes, False
        self.term: GlossaryTerm | None = None
        set_identity(self, "why_card", accessible="Answer")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._question = set_identity(QLabel(wordWrap=True), "why_question", accessible="Question")
        self._answer = set_identity(QLabel(wordWrap=True), "why_answer", accessible="Answer")
        self._fact = set_identity(QLabel(wordWrap=True), "why_fact", accessible="Here")
        self._links = set_identity(QLabel(wordWrap=True), "why_links", accessible="Related terms")
        self._see = set_identity(QPushButton("See it"), "why_see_it", "Show this in the window")
        self._see.clicked.connect(self._on_see)
        self._links.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self._links.linkActivated.connect(self.link_wanted)
        self._links.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._arrange()
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    def show_term(self, term: GlossaryTerm, *, can_show: bool, fact: str = "") -> None:
        """Show a term; ``fact`` is a sentence with the numbers of the run or sample in view."""
        self.term = term
        self._question.setText(_unbroken(term.question))
        self._answer.setText(_unbroken(term.answer))
        self._fact.setText(_unbroken(fact))
        self._fact.setVisible(bool(fact))
        self._see.setVisible(can_show)
        self.setAccessibleName(term.question)
        self.setAccessibleDescription(f"{term.answer} {fact}".strip())
        self._show_links()
        # A related term may need another height at the same width.
        if self._is_fixed:
            self.fix_width(self.width())
        self.updateGeometry()

    def hide_links(self) -> None:
        """Show no related terms, where a link could not be followed."""
        self._links.hide()

    @property
    def readable_width(self) -> int:
        """The minimum width in pixels at which the text is easy to read."""
        return LINE_LETTERS * self.fontMetrics().averageCharWidth()

    def fitting_width(self, height: int) -> int:
        """Return the smallest readable width in pixels at which the card is at most ``height`` high, if any."""
        # Tried in steps: the height of wrapped text has no formula.
        min_width = self.readable_width
        widths = range(min_width, 3 * min_width, max(1, min_width // 20))
        return next((width for width in widths if self.heightForWidth(width) <= height), widths[-1])

    def fix_width(self, width: int) -> None:
        """Keep the card at a width in pixels, as high as its texts then are, in a row that has a height of its own."""
        self._is_fixed = True
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedSize(width, self.heightForWidth(width))

    def hasHeightForWidth(self) -> bool:
        """Return whether the height follows the width; the row of a card of fixed size must not ask for it."""
        return not self._is_fixed

    def heightForWidth(self, width: int) -> int:
        """Return the height in pixels at a width."""
        return self._column.totalHeightForWidth(max(1, width))

    def sizeHint(self) -> QSize:
        """Return the size at the present width, in pixels."""
        return QSize(120, self.heightForWidth(self.width() or 120))

    def event(self, event: QEvent) -> bool:
        """Keep the height that the texts need at the present width."""
        if not self._is_fixed and event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            height = self.heightForWidth(self.width())
            if height != self.minimumHeight():
                self.setMinimumHeight(height)
        return super().event(event)

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._question, 1)
        head.addWidget(self._see, 0, Qt.AlignmentFlag.AlignTop)
        self._column = QVBoxLayout(self)
        self._column.addLayout(head)
        for label in (self._answer, self._fact, self._links):
            self._column.addWidget(label)

    def _show_links(self) -> None:
        ink = self._themes.theme.accent_ink
        links = (
            f'<a href="{key}" style="color: {ink}; text-decoration: none">{glossary()[key].name}</a>'
            for key in (self.term.links if self.term is not None else ())
        )
        self._links.setText(f"See also: {' · '.join(links)}")

    @Slot()
    def _on_see(self) -> None:
        if self.term is not None:
            self.see_wanted.emit(self.term.see_it)

    @Slot()
    def _apply_theme(self) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        pad = round(8 * scale)
        self._column.setContentsMargins(pad, pad - 2, pad, pad - 2)
        self._column.setSpacing(round(3 * scale))
        small = f"font-size: {round(12 * scale)}px;"
        self.setStyleSheet(
            f"#why_card {{ background: {theme.raised}; border: none; border-radius: {pad}px; }}"
            f"#why_question {{ font-weight: 600; {small} }}"
            f"#why_answer, #why_fact {{ color: {theme.text}; {small} }}"
            f"#why_fact {{ font-weight: 600; }}"
            f"#why_links {{ color: {theme.muted}; {small} }}"
            f"#why_see_it {{ background: {theme.accent_quiet}; color: {theme.accent_ink}; font-weight: 600; {small}"
            f" border-color: {theme.accent_quiet}; padding: {round(2 * scale)}px {pad}px; }}"
            f"#why_see_it:hover, #why_see_it:focus {{ border: 1px solid {theme.accent};"
            f" padding: {round(2 * scale)}px {pad}px; }}"
        )
        self._show_links()


def _unbroken(text: str) -> str:
    """Return a text whose lines are not broken inside a formula such as p(z|x)."""
    # A word joiner has no width.
    return text.replace("|", "\u2060|\u2060").replace(" = ", "\u00a0= ").replace(" − ", "\u00a0− ")

"""An analogy: what is to c as b is to a."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from explorer.data.dataset import DataError
from explorer.jobs.runs.run_words import RunWords
from explorer.latent.codes.words import NearWord
from explorer.ui.decode.words.word_field import WordField
from explorer.ui.decode.words.word_list import WordList
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

ANSWERS = 6
_BETWEEN = (":", "=", ":")
_TIPS = (
    "The first word, a of a : b = c : ?",
    "What goes with the first word, b of a : b = c : ?",
    "The word whose counterpart is sought, c of a : b = c : ?",
)


class AnalogyBox(QWidget):
    """Three words and the answers to them, by 3CosAdd.

    Signals
    -------
    picked : tuple, NearWord
        The three words of an answer that was chosen, and the answer.
    """

    picked = Signal(object, object)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words: RunWords | None = None
        head = QLabel("ANALOGY  a : b = c : ?")
        head.setProperty("role", "head")
        self.fields = [WordField(f"analogy_{letter}", tip, letter) for letter, tip in zip("abc", _TIPS, strict=True)]
        row = QHBoxLayout()
        row.setSpacing(4)
        for field, sign in zip(self.fields, _BETWEEN, strict=True):
            row.addWidget(field, 1)
            row.addWidget(QLabel(sign))
            field.textChanged.connect(self._answer)
        row.addWidget(QLabel("?"))
        self._message = set_identity(QLabel(wordWrap=True), "analogy_words", accessible="About the analogy")
        self._message.setProperty("role", "muted")
        self.answers = WordList(themes, "analogy_answers", "cos(d, b) − cos(d, a) + cos(d, c)")
        self.answers.picked.connect(self._on_picked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(head)
        column.addLayout(row)
        for widget in (self._message, self.answers):
            column.addWidget(widget)

    def show_words(self, words: RunWords) -> None:
        """Ask these words from now on."""
        if words is not self._words:
            self._words = words
            for field in self.fields:
                field.offer(words.space.words)
            self._answer()

    @property
    def asked(self) -> tuple[str, ...]:
        """The three words as they are written."""
        return tuple(field.text().strip() for field in self.fields)

    @Slot()
    def _answer(self) -> None:
        if self._words is None:
            return
        problem = ""
        found: tuple[NearWord, ...] = ()
        for field in self.fields:
            field.mark_wrong(bool(field.text().strip()) and not self._knows(field.text()))
        if all(self.asked):
            try:
                a, b, c = self.asked
                found = self._words.space.analogy(a, b, c, ANSWERS)
            except DataError as error:
                problem = str(error)
        hint = "enter three words; the best answers by 3CosAdd appear here (a, b and c excluded)"
        self._message.setText(problem or ("" if found else hint))
        self._message.setVisible(bool(self._message.text()))
        self.answers.show_words(found)

    def _knows(self, word: str) -> bool:
        assert self._words is not None
        return self._words.space.has(word)

    @Slot(object)
    def _on_picked(self, answer: NearWord) -> None:
        self.picked.emit(self.asked, answer)

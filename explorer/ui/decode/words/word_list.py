"""A text field that completes words, and words with their scores as small buttons."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, QStringListModel, Qt, Signal, Slot
from PySide6.QtWidgets import QCompleter, QLineEdit, QSizePolicy, QToolButton, QWidget

from explorer.latent.codes.words import NearWord
from explorer.rendering.drawing import MINUS, number
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.buttons import compact_button
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.identity import set_identity, set_style_property


class WordField(QLineEdit):
    """A text field that offers the words of a vocabulary that begin with the typed text."""

    def __init__(self, name: str, tip: str, placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, name, tip)
        self.setPlaceholderText(placeholder)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        # One model for good: a new completer for each vocabulary would close an open popup.
        self._model = QStringListModel(self)
        completer = QCompleter(self._model, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setMaxVisibleItems(8)
        popup = completer.popup()
        assert popup is not None
        popup.setObjectName("completions")  # a top-level window, styled by this name
        self.setCompleter(completer)

    def offer(self, words: tuple[str, ...]) -> None:
        """Set the vocabulary to complete from."""
        # Setting an equal list would reset the popup while the user chooses from it.
        if len(words) != self._model.rowCount() or tuple(self._model.stringList()) != words:
            self._model.setStringList(list(words))

    def minimumSizeHint(self) -> QSize:
        """Return a width of a few letters, so that three fields fit beside each other in pixels."""
        # The hint of QLineEdit is 17 letters "x" wide, which would widen the panel.
        hint = super().minimumSizeHint()
        hint.setWidth(3 * self.fontMetrics().height())
        return hint

    def mark_wrong(self, wrong: bool) -> None:
        """Mark the field as invalid or valid."""
        set_style_property(self, "invalid", wrong)


class WordList(QWidget):
    """Shows words, the best first. Buttons are reused; only their texts change.

    Signals
    -------
    picked : NearWord
        The word whose button was clicked.
    """

    picked = Signal(object)

    def __init__(self, themes: ThemeSource, name: str, measure: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes, self._name, self._measure = themes, name, measure
        self.setObjectName(name)
        self._words: tuple[NearWord, ...] = ()
        self._buttons: list[QToolButton] = []
        self._flow = FlowLayout(self, spacing=4)
        themes.changed.connect(self._apply_theme)

    @property
    def words(self) -> tuple[NearWord, ...]:
        """The words shown."""
        return self._words

    def show_words(self, words: Sequence[NearWord]) -> None:
        """Show words in the given order."""
        self._words = tuple(words)
        # Buttons are only ever added: making new ones at each move of a drag costs time.
        for _ in range(len(self._buttons), len(words)):
            self._add_button()
        for index, button in enumerate(self._buttons):
            button.setVisible(index < len(words))
            if index < len(words):
                _show_word(button, words[index], self._measure)
        self.setVisible(bool(words))

    def _add_button(self) -> None:
        # 1-based object names, as tests and screen readers count them.
        button = set_identity(QToolButton(self), f"{self._name}_{len(self._buttons) + 1}", "")
        button.setStyleSheet(self._style())
        button.clicked.connect(self._on_clicked)
        self._buttons.append(button)
        self._flow.addWidget(button)

    @Slot()
    def _on_clicked(self) -> None:
        # One slot for all buttons; sender() is the one that was clicked.
        index = next(index for index, button in enumerate(self._buttons) if button is self.sender())
        if index < len(self._words):
            self.picked.emit(self._words[index])

    def _style(self) -> str:
        theme, radius = self._themes.theme, round(5 * self._themes.scale)
        chip = f"background: {theme.raised}; border: 1px solid {theme.raised}; border-radius: {radius}px;"
        hover = f"QToolButton:hover {{ border-color: {theme.accent}; }}"
        return f"{compact_button(self._themes)} QToolButton {{ {chip} }} {hover}"

    @Slot()
    def _apply_theme(self) -> None:
        for button in self._buttons:
            button.setStyleSheet(self._style())


def _show_word(button: QToolButton, word: NearWord, measure: str) -> None:
    score = f"{word.score:.2f}".replace("-", MINUS)
    text = f"{word.word}  {score}"
    # Setting the same text still lays the flow layout out again.
    if button.text() != text:
        button.setText(text)
        button.setToolTip(f"{measure} {number(word.score, 3)}: click to go to {word.word}")
        button.setAccessibleName(f"{word.word}, {measure} {number(word.score, 2)}")

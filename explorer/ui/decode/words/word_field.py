"""A line that takes a word of a vocabulary and completes it."""

from PySide6.QtCore import QSize, QStringListModel, Qt
from PySide6.QtWidgets import QCompleter, QLineEdit, QSizePolicy, QWidget

from explorer.ui.widgets.identity import set_identity


class WordField(QLineEdit):
    """Offers the words that begin with what is typed."""

    def __init__(self, name: str, tip: str, placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, name, tip)
        self.setPlaceholderText(placeholder)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._model = QStringListModel(self)
        completer = QCompleter(self._model, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setMaxVisibleItems(8)
        popup = completer.popup()
        assert popup is not None
        popup.setObjectName("completions")  # a window of its own, that the style sheet must fill
        self.setCompleter(completer)

    def offer(self, words: tuple[str, ...]) -> None:
        """Complete to these words from now on."""
        if len(words) != self._model.rowCount() or tuple(self._model.stringList()) != words:
            self._model.setStringList(list(words))

    def minimumSizeHint(self) -> QSize:
        """Ask for a few letters alone."""
        hint = super().minimumSizeHint()
        hint.setWidth(3 * self.fontMetrics().height())
        return hint

    def mark_wrong(self, wrong: bool) -> None:
        """Show whether the word is none of the vocabulary."""
        if bool(self.property("invalid")) != wrong:
            self.setProperty("invalid", wrong)
            self.style().unpolish(self)
            self.style().polish(self)

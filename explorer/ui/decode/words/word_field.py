"""A text field that completes the words of a vocabulary."""

from PySide6.QtCore import QSize, QStringListModel, Qt
from PySide6.QtWidgets import QCompleter, QLineEdit, QSizePolicy, QWidget

from explorer.ui.widgets.identity import set_identity


class WordField(QLineEdit):
    """Offer the words that begin with the typed text."""

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
        # [invalid="true"] of the style sheet is evaluated again only after polishing.
        if bool(self.property("invalid")) != wrong:
            self.setProperty("invalid", wrong)
            self.style().unpolish(self)
            self.style().polish(self)

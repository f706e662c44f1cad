"""The text field of own input: a text, a word, or numbers in order, by the kind of the samples."""

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from explorer.data.dataset import DataError, Description
from explorer.data.own_input.sources import InputSource, NumbersSource, TextSource, numbers_source
from explorer.ui.state.asker import Asker
from explorer.ui.state.rest_timer import RestTimer
from explorer.ui.widgets.identity import set_identity

REST = 300
"""Milliseconds after the last letter until a text is encoded."""


class TextEditor(QWidget):
    """A field for a text or for numbers, with the error below it.

    Signals
    -------
    edited : InputSource
        The text changed, and can be read.
    """

    edited = Signal(object)

    def __init__(self, asker: Asker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._numbers = False
        self.field = set_identity(QPlainTextEdit(), "own_input_text", "Type or paste here", "Text")
        self._problem = set_identity(QLabel(wordWrap=True), "own_input_problem", accessible="What is wrong")
        self._problem.setProperty("role", "warning")
        self._problem.hide()
        self._rest = RestTimer(asker, REST, self)
        self._rest.timeout.connect(self._announce)
        self.field.textChanged.connect(self._rest.begin)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.field, 1)
        column.addWidget(self._problem)

    def fit_to(self, description: Description) -> None:
        """Show the placeholder for the kind of the samples."""
        self._numbers = description.kind != "text"
        if self._numbers:
            length = "any number of values" if description.axis is not None else f"{description.features:,} numbers"
            words = f"Type {length}, separated by commas or spaces"
        else:
            words = "Type one of its words" if description.of_words else "Type or paste a text"
        self.field.setPlaceholderText(words)
        self.field.setToolTip(words)

    def show_source(self, source: TextSource | NumbersSource | None) -> None:
        """Show a text or numbers that were typed before; an empty field for None."""
        text = source.text if isinstance(source, TextSource) else ""
        if isinstance(source, NumbersSource):
            text = ", ".join(f"{value:g}" for value in source.values)
        # Setting an equal text would move the cursor to its beginning.
        if text != self.field.toPlainText():
            # Shown, not typed: it is encoded already.
            with QSignalBlocker(self.field):
                self.field.setPlainText(text)

    @Slot()
    def _announce(self) -> None:
        text, problem = self.field.toPlainText(), ""
        # An emptied field is no input, and no mistake either.
        if text.strip():
            try:
                source: InputSource = numbers_source(text) if self._numbers else TextSource(text)
                self.edited.emit(source)
            except DataError as error:
                problem = str(error)
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))

"""The window that finds the samples of a group, or one sample, by a search text."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from explorer.data.report import counted
from explorer.jobs.plane.sample_finder import Hits, SampleFinder
from explorer.jobs.runs.open_run import OpenRun
from explorer.session import MAX_SEARCH
from explorer.ui.widgets.buttons import resize_to_text
from explorer.ui.widgets.identity import set_identity

TYPE_MILLISECONDS = 80
"""Milliseconds after the last key before a search begins."""
HINT = "For example: class 3, index 5-20, width > 3 and not split test, Anna*"


class SearchDialog(QDialog):
    """A field, the number of samples that its text finds, and a button that takes them.

    Parameters
    ----------
    verb
        What the button says.
    then
        Called with the text and what it finds.
    """

    def __init__(
        self, run: OpenRun, title: str, verb: str, then: Callable[[str, Hits], None], parent: QWidget, text: str = ""
    ) -> None:
        super().__init__(parent)
        set_identity(self, "vector_search", accessible=title).setWindowTitle(title)
        # The finder holds the columns of the data, which may be large.
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._finder, self._then, self._hits = SampleFinder(run), then, Hits()
        self.field = set_identity(
            QLineEdit(text, placeholderText="class 3", clearButtonEnabled=True), "vector_search_text", HINT, "Search"
        )
        # As long as a session file accepts.
        self.field.setMaxLength(MAX_SEARCH)
        hint = QLabel(HINT, wordWrap=True)
        hint.setProperty("role", "muted")
        self.words = set_identity(QLabel(wordWrap=True), "vector_search_words", accessible="Search result")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        cancel = buttons.button(QDialogButtonBox.StandardButton.Cancel)
        set_identity(cancel, "vector_search_cancel", "Leave everything as it is (Esc)", "Cancel")
        self.take = set_identity(
            buttons.addButton(verb, QDialogButtonBox.ButtonRole.AcceptRole), "vector_search_take", verb, verb
        )
        self.take.setProperty("kind", "primary")
        column = QVBoxLayout(self)
        for widget in (self.field, hint, self.words):
            column.addWidget(widget)
        column.addStretch(1)
        column.addWidget(buttons)
        resize_to_text(self, 36, 16)
        self._soon = QTimer(self, singleShot=True, interval=TYPE_MILLISECONDS)
        self._soon.timeout.connect(self.search)
        self.field.textChanged.connect(lambda _: self._soon.start())
        buttons.accepted.connect(self._agree)
        buttons.rejected.connect(self.reject)
        self.search()

    @Slot()
    def search(self) -> None:
        """Search now."""
        self._soon.stop()
        self._hits = self._finder.find(self.field.text())
        count = self._hits.count
        found = counted(count, "sample")
        # An empty search would find all samples, which is rarely intended.
        empty = "Type a search" if not self.field.text().strip() else found
        self.words.setText(self._hits.problem or empty)
        typed = bool(self.field.text().strip())
        self.take.setEnabled(typed and count > 0)
        why = self._hits.problem or ("The search finds no samples" if typed else empty)
        self.take.setToolTip("" if self.take.isEnabled() else why)

    def done(self, result: int) -> None:
        """Stop the search that waits."""
        self._soon.stop()
        super().done(result)

    @Slot()
    def _agree(self) -> None:
        # The last letters may have been typed within the pause.
        self.search()
        if self.take.isEnabled():
            self.accept()
            self._then(self.field.text().strip(), self._hits)

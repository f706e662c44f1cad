"""The dialog for the tags and the note of a run."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from explorer.runs.run_note import RunNote, tags_of
from explorer.ui.widgets.identity import set_identity


class NoteDialog(QDialog):
    """Edits tags and text of a note; ``then`` gets the changed note."""

    def __init__(self, name: str, note: RunNote, then: Callable[[RunNote], None], parent: QWidget) -> None:
        super().__init__(parent)
        set_identity(self, "note_dialog", accessible=f"Tags and note of {name}")
        self.setWindowTitle(f"Tags and note of {name}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._note, self._then = note, then
        self._tags = set_identity(QLineEdit(", ".join(note.tags)), "note_tags", "Tags, separated by commas", "Tags")
        self._text = set_identity(QPlainTextEdit(note.text), "note_text", accessible="Note")
        # Tab leads on to the buttons.
        self._text.setTabChangesFocus(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        save = set_identity(
            buttons.addButton("Save", QDialogButtonBox.ButtonRole.AcceptRole), "note_save", "Save with the run", "Save"
        )
        save.setProperty("kind", "primary")
        cancel = buttons.button(QDialogButtonBox.StandardButton.Cancel)
        set_identity(cancel, "note_cancel", "Leave the note as it is (Esc)", "Cancel")
        layout = QVBoxLayout(self)
        for text, field in (("Tags, separated by commas", self._tags), ("Note", self._text)):
            label = QLabel(text)
            label.setBuddy(field)
            layout.addWidget(label)
            layout.addWidget(field)
        layout.addWidget(buttons)
        buttons.accepted.connect(self._agree)
        buttons.rejected.connect(self.reject)

    @Slot()
    def _agree(self) -> None:
        note = replace(self._note, tags=tags_of(self._tags.text()), text=self._text.toPlainText().strip())
        self.accept()
        self._then(note)

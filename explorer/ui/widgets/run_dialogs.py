"""The questions about one run: how many epochs to add, its tags and note, and whether it is really to be deleted."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from explorer.runs.run_note import RunNote, tags_of
from explorer.ui.widgets.boxes import IntegerBox
from explorer.ui.widgets.identity import set_identity

MAX_EPOCHS = 1_000_000


class EpochsDialog(QDialog):
    """Asks for the epochs to add to those ``done``, by default as many; ``then`` gets their total number.

    Weights that were trained elsewhere have no epochs; their default is ``planned``.
    """

    def __init__(self, name: str, done: int, planned: int, then: Callable[[int], None], parent: QWidget | None) -> None:
        super().__init__(parent)
        set_identity(self, "further_dialog", accessible=f"Train {name} further")
        self.setWindowTitle(f"Train {name} further")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._before, self._then = done, then
        self._more = set_identity(IntegerBox(), "further_epochs", "Epochs to add", "Epochs to add")
        self._more.setRange(1, MAX_EPOCHS)
        self._more.setValue(max(1, done or planned))
        self._total = set_identity(QLabel(), "further_total", accessible="Epochs in total")
        self._total.setProperty("role", "muted")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        train = buttons.addButton("Train", QDialogButtonBox.ButtonRole.AcceptRole)
        set_identity(train, "further_train", "Train this run for this many more epochs", "Train")
        train.setProperty("kind", "primary")
        cancel = buttons.button(QDialogButtonBox.StandardButton.Cancel)
        set_identity(cancel, "further_cancel", "Leave the run as it is (Esc)", "Cancel")
        train.setDefault(True)
        form = QFormLayout()
        form.addRow("Epochs to add", self._more)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self._total)
        layout.addWidget(buttons)
        self._more.valueChanged.connect(self._show)
        buttons.accepted.connect(self._agree)
        buttons.rejected.connect(self.reject)
        self._more.selectAll()
        self._show()

    @Slot()
    def _show(self) -> None:
        self._total.setText(f"{self._before} so far, {self._before + self._more.value()} in total")

    @Slot()
    def _agree(self) -> None:
        total = self._before + self._more.value()
        self.accept()
        self._then(total)


class NoteDialog(QDialog):
    """Edits tags and text of a note; ``then`` gets the changed note."""

    def __init__(self, name: str, note: RunNote, then: Callable[[RunNote], None], parent: QWidget) -> None:
        super().__init__(parent)
        set_identity(self, "note_dialog", accessible=f"Tags and note of {name}")
        self.setWindowTitle(f"Tags and note of {name}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._note, self._then = note, then
        self._tags = set_identity(QLineEdit(", ".join(note.tags)), "note_tags", "Tags, separated by commas", "Tags")
        self._text = set_identity(QPlainTextEdit(note.text), "note_text", "Your note about this run", "Note")
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


class RemoveQuestion(QMessageBox):
    """Asks before a run is deleted; Enter and Esc cancel."""

    def __init__(self, key: str, parent: QWidget) -> None:
        super().__init__(parent)
        set_identity(self, "remove_question", accessible="Remove the run?")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.key = key  # of the run, read when the question is accepted
        self.setIcon(QMessageBox.Icon.Warning)
        self.setWindowTitle("Remove run")
        self.setText(f"Remove {Path(key).name} and all its checkpoints?")
        self.setInformativeText(f"{key} is deleted from the disk. This cannot be undone.")
        remove = self.addButton("Remove", QMessageBox.ButtonRole.AcceptRole)
        set_identity(remove, "remove_agreed", "Delete the run's folder")
        cancel = self.addButton(QMessageBox.StandardButton.Cancel)
        set_identity(cancel, "remove_cancel", "Keep the run", "Cancel")
        # Deleting cannot be undone, so that the harmless button is the default one.
        self.setDefaultButton(cancel)
        self.setEscapeButton(cancel)

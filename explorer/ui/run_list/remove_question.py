"""The question before a run is deleted."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from explorer.ui.widgets.identity import set_identity


class RemoveQuestion(QMessageBox):
    """Ask before a run is deleted; Enter and Esc cancel."""

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

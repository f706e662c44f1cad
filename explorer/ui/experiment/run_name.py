"""The name of the next run: a free one is proposed until the user types one, and a problem is shown below it."""

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from explorer.config import DataConfig
from explorer.ui.services.app_state import AppState
from explorer.ui.services.run_folders import name_problem, suggested_name
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import labelled


class RunNameField(QWidget):
    """The name as a text field with its label. A name that the user typed stays until a run is started with it."""

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store, self._folders = state.store, state.folders
        self._typed = ""
        self._edit = set_identity(QLineEdit(), "run_name", "Name of the next run and its folder", "Run name")
        self._fault = set_identity(QLabel(wordWrap=True), "run_name_fault", accessible="Problem with the name")
        self._fault.setProperty("role", "error")
        self._fault.hide()
        labelled("Run name", self._edit, self._fault, block=self)
        self._edit.textEdited.connect(self._on_edited)

    @property
    def name(self) -> str:
        """The name."""
        return self._edit.text().strip()

    @property
    def problem(self) -> str:
        """Why the name cannot be used; "" if it can."""
        return name_problem(self.name, *self._taken())

    def suggest(self, data: DataConfig, family: str) -> None:
        """Propose a free name for a run of this family on this data; one that the user typed stays."""
        if not self._typed:
            self._edit.setText(suggested_name(data, family, *self._taken()))
            self._edit.setCursorPosition(0)
            self._show(problem="")

    def show_problem(self) -> None:
        """Show why the name cannot be used, and give the field the focus."""
        self._show(self.problem)
        self._edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def forget_typed(self) -> None:
        """Allow the next suggestion to replace the name, once a run has taken it."""
        self._typed = ""

    @Slot(str)
    def _on_edited(self, text: str) -> None:
        self._typed = text.strip()
        self._show(self.problem if self._typed else "")

    def _show(self, problem: str) -> None:
        self._fault.setText(problem)
        self._fault.setVisible(bool(problem))

    def _taken(self) -> tuple[Path, set[str]]:
        """Return the folder of the next run, and the names that other runs have."""
        listed = {run.name for run in self._folders.listed}
        return self._folders.folder, listed | {run.name for run in self._store.runs.values()}

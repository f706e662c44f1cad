"""The dialog that imports weights of another program: shows the assignment of tensors before importing.

1. The dialog reads the file in a background task, and plans the assignment by the form's family, settings and data.
2. The table shows which tensor of the file becomes which tensor of the model, and why.
3. On consent a second task creates the run, which is then opened.
"""

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from explorer.config import ConfigError, DataConfig, RunConfig
from explorer.data.catalog import source_title
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.jobs.runs.import_run import ImportPlan, import_run, plan_import
from explorer.models import catalog
from explorer.models.weight_import.weight_files import SUFFIXES
from explorer.runs.run_directory import RunDirectory
from explorer.ui.services.app_state import AppState
from explorer.ui.services.run_folders import name_problem, suggested_name
from explorer.ui.widgets.buttons import resize_to_text
from explorer.ui.widgets.identity import set_identity, set_style_property

HOW = {"name": "its name", "map": "given map", "shape": "unique shape", "order": "order and shape"}
FILTER = f"Weights ({' '.join(f'*{suffix}' for suffix in SUFFIXES)})"


class ImportDialog(QDialog):
    """Plans the import of a file of weights for the form's family, settings and data; creates a run on consent."""

    def __init__(self, state: AppState, file: Path, config: RunConfig, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._file, self._config = file, config
        self._folders, self._tasks, self._opener = state.folders, state.tasks, state.opener
        self._plan: ImportPlan | None = None
        set_identity(self, "import_dialog", accessible="Import weights").setWindowTitle("Import weights")
        family = catalog.family(config.model.family)
        self._head = set_identity(QLabel(wordWrap=True), "import_head", accessible="What is imported")
        self._head.setText(
            f"{file.name} as: {family.title}, latent dim {config.model.latent_dim}, on "
            f"{source_title(config.data.source)}. Change model, widths or data in the form on the left."
        )
        self._table = set_identity(
            QTreeWidget(), "import_table", "Matching of tensors in the file and in the model", "Tensors"
        )
        self._table.setHeaderLabels(["In the file", "In the model", "Shape", "Found by"])
        self._table.setRootIsDecorated(False)
        self._table.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self._note = set_identity(QLabel("Reading …", wordWrap=True), "import_note", accessible="Notes on the import")
        self._name = set_identity(QLineEdit(), "import_name", "The new run's name", "Run name")
        # The stem as a source, with a dot so that it is treated as a file name.
        self._name.setText(suggested_name(DataConfig(source=f"{file.stem}."), config.model.family, *self._taken()))
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._import = self._buttons.addButton("Import", QDialogButtonBox.ButtonRole.AcceptRole)
        set_identity(self._import, "import_agreed", "Create a run from these weights", "Import")
        cancel = self._buttons.button(QDialogButtonBox.StandardButton.Cancel)
        set_identity(cancel, "import_cancel", "Close without importing (Esc)", "Cancel")
        self._lay_out()
        self._buttons.accepted.connect(self._on_agreed)
        self._buttons.rejected.connect(self.reject)
        self._name.textChanged.connect(self._show_button)
        self._show_button()
        # Loaded data is reused; else the task loads it.
        dataset = state.data.dataset if state.data.config == config.data else None
        state.tasks.do(f"read {file}", lambda context: _plan_or_why(file, config, dataset, context), self._on_read)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        for widget in (self._head, self._table, self._note, self._name, self._buttons):
            column.addWidget(widget)
        self._note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        resize_to_text(self, 56, 40)

    def _taken(self) -> tuple[Path, set[str]]:
        return self._folders.folder, {path.name for path in self._folders.listed_paths()}

    def _on_read(self, plan: ImportPlan | str) -> None:
        self._plan = plan if isinstance(plan, ImportPlan) else None
        if isinstance(plan, ImportPlan):
            for pair in plan.weights.pairs:
                shape = " × ".join(map(str, pair.shape)) or "one number"
                self._table.addTopLevelItem(QTreeWidgetItem([pair.file, pair.model, shape, HOW[pair.how]]))
        self._show_message(
            plan if isinstance(plan, str) else _notes(plan), "error" if isinstance(plan, str) else "muted"
        )
        self._show_button()

    def _show_message(self, text: str, role: str) -> None:
        self._note.setText(text)
        set_style_property(self._note, "role", role)

    @Slot()
    def _show_button(self) -> None:
        problem = name_problem(self._name.text(), *self._taken())
        # The folder is checked at each change: another program may have created the name meanwhile.
        self._import.setEnabled(self._plan is not None and not problem)
        self._import.setToolTip(problem or "Create a run from these weights")

    @Slot()
    def _on_agreed(self) -> None:
        plan, path = self._plan, self._folders.folder / self._name.text()
        if plan is not None:
            self._tasks.do(f"import {path}", lambda _: import_run(plan, path), self._on_imported)
            self.accept()

    def _on_imported(self, run: RunDirectory) -> None:
        self._folders.read()
        self._opener.open(run.path)


def _plan_or_why(file: Path, config: RunConfig, dataset: Dataset | None, context: LoadContext) -> ImportPlan | str:
    try:
        return plan_import(file, config, dataset=dataset, context=context)
    except (ConfigError, DataError) as error:
        return str(error)


def _notes(plan: ImportPlan) -> str:
    weights = plan.weights
    notes = []
    if weights.guessed:
        notes.append("Some names differ. Check that each tensor is matched correctly.")
    if weights.ignored:
        notes.append(f"Ignored, because the model has no such tensors: {', '.join(weights.ignored)}.")
    return " ".join(notes) or "All tensors match by name."

"""The dialog that imports weights of another program: shows what was found in the file before importing.

1. A background task reads the file, finds its network, and measures what the file does not tell on the form's data.
   If the network cannot be read from the file, that of the form is tried.
2. A list shows the choices with their reconstruction; the table, which tensor of the file becomes which of the model.
3. On consent a second task creates the run, which is then opened.
"""

import math
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from explorer.config import ConfigError, DataConfig, RunConfig, given_values
from explorer.data.catalog import source_title
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.jobs.runs.import_plan import ImportPlan, ImportRequest, plan_import
from explorer.jobs.runs.import_run import import_run
from explorer.jobs.workers.background import Working
from explorer.models import catalog
from explorer.models.weight_import.weight_files import SUFFIXES
from explorer.runs.run_directory import RunDirectory
from explorer.ui.services.app_state import AppState
from explorer.ui.services.run_folders import name_problem, suggested_name
from explorer.ui.widgets.buttons import resize_to_text
from explorer.ui.widgets.identity import set_identity, set_style_property

HOW = {
    "name": "its name",
    "layer": "its place in the network",
    "map": "given map",
    "shape": "unique shape",
    "order": "order and shape",
}
FILTER = f"Weights ({' '.join(f'*{suffix}' for suffix in SUFFIXES)})"


class ImportDialog(QDialog):
    """Plans the import of a file of weights for the data of the form; creates a run on consent."""

    def __init__(self, state: AppState, file: Path, config: RunConfig, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._file, self._config = file, config
        self._folders, self._tasks, self._opener = state.folders, state.tasks, state.opener
        self._plan: ImportPlan | None = None
        self._key = f"read {file}"
        set_identity(self, "import_dialog", accessible="Import weights").setWindowTitle("Import weights")
        self._head = set_identity(QLabel(wordWrap=True), "import_head", accessible="What is imported")
        self._head.setText(
            f"{file.name}, on {source_title(config.data.source)}. Change the data in the form on the left."
        )
        self._progress = set_identity(QProgressBar(textVisible=False), "import_progress", accessible="Reading the file")
        self._progress.setRange(0, 0)
        self._choice = set_identity(
            QComboBox(), "import_choice", "What the file does not say, best reconstruction first", "Assumptions"
        )
        self._table = set_identity(
            QTreeWidget(), "import_table", "Matching of tensors in the file and in the model", "Tensors"
        )
        self._note = set_identity(QLabel("Reading …", wordWrap=True), "import_note", accessible="Notes on the import")
        self._name = set_identity(QLineEdit(), "import_name", "The new run's name", "Run name")
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._import = self._buttons.addButton("Import", QDialogButtonBox.ButtonRole.AcceptRole)
        set_identity(self._import, "import_agreed", "Create a run from these weights", "Import")
        cancel = self._buttons.button(QDialogButtonBox.StandardButton.Cancel)
        set_identity(cancel, "import_cancel", "Close without importing (Esc)", "Cancel")
        self._lay_out()
        self._connect()
        self._show_button()
        state.tasks.changed.connect(self._on_progress)
        # Loaded data is reused; else the task loads it.
        dataset = state.data.dataset if state.data.config == config.data else None
        state.tasks.do(self._key, lambda context: _plan_or_why(file, config, dataset, context), self._on_read)

    def _lay_out(self) -> None:
        self._table.setHeaderLabels(["In the file", "In the model", "Shape", "Found by"])
        self._table.setRootIsDecorated(False)
        self._table.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        # A long description must not make the dialog wider than the screen.
        self._choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._choice.setMinimumContentsLength(24)
        self._choice.hide()
        column = QVBoxLayout(self)
        for widget in (self._head, self._progress, self._choice, self._note, self._table, self._name, self._buttons):
            column.addWidget(widget)
        column.setStretchFactor(self._table, 1)
        self._note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        resize_to_text(self, 72, 40)

    def _connect(self) -> None:
        self._buttons.accepted.connect(self._on_agreed)
        self._buttons.rejected.connect(self.reject)
        self._name.textChanged.connect(self._show_button)
        self._choice.activated.connect(self._on_chosen)

    def _taken(self) -> tuple[Path, set[str]]:
        return self._folders.folder, {path.name for path in self._folders.listed_paths()}

    def done(self, result: int) -> None:
        """Close the dialog; a file that is still being read is no longer wanted."""
        self._tasks.cancel(self._key)
        super().done(result)

    @Slot(object)
    def _on_progress(self, news: object) -> None:
        if isinstance(news, Working) and news.key == self._key:
            self._progress.setRange(0, min(news.total, 1_000))
            self._progress.setValue(news.done if news.total <= 1_000 else 1_000 * news.done // news.total)
            self._note.setText(f"{news.text[:1].upper()}{news.text[1:]} …")

    def _on_read(self, plan: ImportPlan | str) -> None:
        self._progress.hide()
        if isinstance(plan, str):
            self._table.hide()
            self._show_message(plan, "error")
            return
        self._plan = plan
        family = catalog.family(plan.config.model.family)
        self._head.setText(
            f"{self._file.name}: {family.title}, latent dim {plan.config.model.latent_dim}, on "
            f"{source_title(plan.config.data.source)}"
        )
        # The stem as a source, with a dot so that it is treated as a file name.
        source = DataConfig(source=f"{self._file.stem}.")
        self._name.setText(suggested_name(source, family.name, *self._taken()))
        for each in plan.choices:
            error = "" if math.isnan(each.mse) else f"squared error {each.mse:.4g}: "
            self._choice.addItem(f"{error}{each.words}")
            # The list may be narrower than the words.
            self._choice.setItemData(self._choice.count() - 1, each.words, Qt.ItemDataRole.ToolTipRole)
        self._choice.setVisible(len(plan.choices) > 1)
        self._show_plan(plan)

    def _show_plan(self, plan: ImportPlan) -> None:
        self._plan = plan
        self._table.clear()
        for pair in plan.weights.pairs:
            shape = " × ".join(map(str, pair.shape)) or "one number"
            self._table.addTopLevelItem(QTreeWidgetItem([pair.file, pair.model, shape, HOW[pair.how]]))
        self._show_message(_notes(plan), "muted" if plan.reconstructs or math.isnan(plan.choice.mse) else "warning")
        self._show_button()

    @Slot(int)
    def _on_chosen(self, position: int) -> None:
        if self._plan is not None:
            self._show_plan(self._plan.choose(position))

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
    """Return a plan with the network of the file, else with that of the form; else why the file cannot be read."""
    data = {"data.source": config.data.source, **given_values("data", config.data)}
    form = {**data, **given_values("model", config.model)}
    requests = (
        ImportRequest(file, data),
        ImportRequest(file, form, config.model.family, by_settings=True),
    )
    problem = ""
    for request in requests:
        try:
            return plan_import(request, dataset=dataset, context=context)
        except (ConfigError, DataError) as error:
            # The first reason is about the file, the second about settings that may have nothing to do with it.
            problem = problem or str(error)
    return problem


def _notes(plan: ImportPlan) -> str:
    differ = "Some names differ. Check that each tensor is matched correctly" if plan.weights.guessed else ""
    notes = [plan.certainty, differ, *plan.notes]
    return " ".join(f"{note}." for note in notes if note) or "All tensors match by name."

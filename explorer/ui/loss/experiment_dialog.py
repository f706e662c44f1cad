"""Beginning an experiment on the loss: what would be trained is listed before it is."""

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from explorer.config import ConfigError, RunConfig, replace
from explorer.jobs.experiments.loss_experiment import LossExperiment, free_stem, run_name
from explorer.jobs.experiments.loss_group import evenly_spaced
from explorer.models import catalog
from explorer.models.variational.loss_text import loss_html
from explorer.session import MAX_PANES
from explorer.ui.services.app_state import AppState
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.run_name import name_problem
from explorer.ui.widgets.spin_boxes import IntegerBox

MAX_EPOCHS = 100_000


class ExperimentDialog(QDialog):
    """Takes the form's settings for every run but for the loss; a kind of experiment says which runs there are.

    Parameters
    ----------
    name
        What its parts are called by: ``ablation`` or ``ladder``.
    config
        The form's settings; those of the loss are the experiment's.
    """

    def __init__(self, state: AppState, name: str, title: str, config: RunConfig, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._name, self._config = name, config
        self._folders, self._groups = state.folders, state.groups
        self._experiment: LossExperiment | None = None
        self._stem_given = False
        set_identity(self, f"{name}_dialog", accessible=title).setWindowTitle(title)
        self._head = set_identity(QLabel(wordWrap=True), f"{name}_head", accessible="Settings of all runs")
        self._head.setText(_shared(config))
        self.fields = QFormLayout()
        self._epochs = set_identity(IntegerBox(), f"{name}_epochs", "Passes over the training split", "Epochs")
        self._epochs.setRange(1, MAX_EPOCHS)
        self._epochs.setValue(config.train.epochs)
        self._stem = set_identity(QLineEdit(), f"{name}_stem", "Prefix of the run names", "Name")
        self._runs = set_identity(
            QTreeWidget(), f"{name}_runs", "Runs to train; checked ones are shown in a pane", "Runs"
        )
        self._runs.setHeaderLabels(["In a pane", "Loss", "Run"])
        self._runs.setRootIsDecorated(False)
        self._runs.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self._note = set_identity(QLabel(wordWrap=True), f"{name}_note", accessible="Number of epochs, or the problem")
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._train = self._buttons.addButton("Train", QDialogButtonBox.ButtonRole.AcceptRole)
        self._train.setProperty("kind", "primary")
        set_identity(self._train, f"{name}_train", "Train all runs; they take turns", "Train")
        set_identity(
            self._buttons.button(QDialogButtonBox.StandardButton.Cancel),
            f"{name}_cancel",
            "Close without training (Esc)",
        )

    def experiment(self, config: RunConfig) -> LossExperiment:
        """Return the experiment that the fields ask for.

        Raises
        ------
        ConfigError
            Where they ask for none, in a sentence for the user.
        """
        raise NotImplementedError

    def lay_out(self) -> None:
        """Put the fields of a kind, added to ``fields`` by now, and all else in their places, and connect them."""
        self.fields.addRow("Epochs", self._epochs)
        self.fields.addRow("Name", self._stem)
        column = QVBoxLayout(self)
        column.addWidget(self._head)
        column.addLayout(self.fields)
        column.addWidget(self._runs, 1)
        for widget in (self._note, self._buttons):
            column.addWidget(widget)
        width = self.fontMetrics().horizontalAdvance("m")
        self.resize(54 * width, 32 * width)
        self._epochs.valueChanged.connect(self.renew)
        self._stem.textEdited.connect(self._on_stem)
        self._runs.itemChanged.connect(self._on_checked)
        self._buttons.accepted.connect(self._on_agreed)
        self._buttons.rejected.connect(self.reject)
        self.renew()

    @Slot()
    def renew(self) -> None:
        """List what would be trained, or say why nothing can be."""
        config = replace(self._config, train=replace(self._config.train, epochs=self._epochs.value()))
        try:
            self._experiment = self.experiment(config)
        except ConfigError as error:
            self._experiment = None
            self._runs.clear()
            self._show_message(str(error), "error")
        else:
            self._list(self._experiment)
        self._show_names()

    def _list(self, experiment: LossExperiment) -> None:
        self._runs.blockSignals(True)
        self._runs.clear()
        checked = evenly_spaced(len(experiment.members), MAX_PANES)
        for place, member in enumerate(experiment.members):
            item = QTreeWidgetItem([member.title, "", ""])
            item.setCheckState(0, Qt.CheckState.Checked if place in checked else Qt.CheckState.Unchecked)
            self._runs.addTopLevelItem(item)
            label = QLabel(loss_html(member.parts))
            label.setContentsMargins(4, 0, 4, 0)
            self._runs.setItemWidget(item, 1, label)
        self._runs.blockSignals(False)
        em = self.fontMetrics().height()
        for column, widest in ((0, 10), (1, 12)):  # a tick box is wider than Qt reckons
            self._runs.setColumnWidth(column, max(self._runs.sizeHintForColumn(column) + em, widest * em))

    def _show_names(self) -> None:
        """Name the runs, keep the names free, and say how much is trained."""
        experiment = self._experiment
        self._train.setEnabled(False)
        if experiment is None:
            return
        folder = self._folders.folder
        if not self._stem_given:
            self._stem.setText(free_stem(folder, f"{_source(self._config)}-{self._name}", experiment))
        stem = self._stem.text().strip()
        names = [run_name(stem, member) for member in experiment.members]
        for row, name in zip(self._rows(), names, strict=True):
            row.setText(2, name)
        taken = {path.name for path in self._folders.listed_paths()}
        problem = next((fault for name in names if (fault := name_problem(name, folder, taken))), "")
        problem = problem if stem else "Enter a prefix for the run names."
        if problem:
            self._show_message(problem, "error")
            return
        count, epochs = len(experiment.members), self._epochs.value()
        self._show_message(
            f"{count} runs of {epochs} epochs each, {count * epochs} epochs in all; they take turns.", "muted"
        )
        self._train.setEnabled(True)

    def _show_message(self, text: str, role: str) -> None:
        self._note.setText(text)
        self._note.setProperty("role", role)
        self._note.style().unpolish(self._note)
        self._note.style().polish(self._note)

    @Slot(str)
    def _on_stem(self, text: str) -> None:
        self._stem_given = bool(text.strip())
        self._show_names()

    @Slot(QTreeWidgetItem)
    def _on_checked(self, item: QTreeWidgetItem) -> None:
        """Keep to as many panes as there are: one more takes the place of the first other one."""
        checked = [row for row in self._rows() if row.checkState(0) == Qt.CheckState.Checked]
        if len(checked) > MAX_PANES:
            self._runs.blockSignals(True)
            next(row for row in checked if row is not item).setCheckState(0, Qt.CheckState.Unchecked)
            self._runs.blockSignals(False)

    @Slot()
    def _on_agreed(self) -> None:
        if self._experiment is None:
            return
        pairs = zip(self._experiment.members, self._rows(), strict=True)
        shown = [member.name for member, row in pairs if row.checkState(0) == Qt.CheckState.Checked]
        self._groups.train(self._experiment, self._stem.text().strip(), shown)
        self.accept()

    def _rows(self) -> list[QTreeWidgetItem]:
        rows = (self._runs.topLevelItem(place) for place in range(self._runs.topLevelItemCount()))
        return [row for row in rows if row is not None]


def _shared(config: RunConfig) -> str:
    family = catalog.family(config.model.family)
    return (
        f"All runs: {family.title}, latent dim {config.model.latent_dim}, on "
        f"{config.data.source}, seed {config.train.seed}, from the form. All start from the same "
        "weights and see the same batches; only the loss differs."
    )


def _source(config: RunConfig) -> str:
    source = config.data.source
    return Path(source).stem[:60] if any(mark in source for mark in "/\\.") else source

"""The dialogs that begin an experiment on the loss, a loss ablation or a β ladder: they list the runs to train."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
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
from explorer.data.catalog import source_title
from explorer.jobs.experiments.loss_experiment import (
    BETAS,
    LossExperiment,
    ablation,
    beta_text,
    free_stem,
    ladder,
    read_betas,
    run_name,
)
from explorer.jobs.experiments.loss_group import equally_spaced
from explorer.models import catalog
from explorer.models.variational.loss_text import loss_html
from explorer.session import MAX_PANES
from explorer.ui.services.app_state import AppState
from explorer.ui.services.run_folders import name_problem, source_stem
from explorer.ui.widgets.boxes import IntegerBox
from explorer.ui.widgets.buttons import resize_to_text
from explorer.ui.widgets.identity import set_identity, set_style_property
from explorer.ui.widgets.settings import settings

MAX_EPOCHS = 100_000


class ExperimentDialog(QDialog):
    """Base of both dialogs: every run has the form's settings except the loss; a subclass says which runs there are.

    1. The subclass adds its fields to ``fields`` and calls `lay_out`.
    2. Each change of a field calls `renew`: `experiment` returns the runs, or raises with the reason why there are
       none.
    3. The runs are listed; up to `MAX_PANES` of them are checked to be shown in panes.
    4. Names are proposed that are free in the runs folder.
    5. "Train" passes the experiment, the prefix of the names and the checked runs to `GroupTrainings`.

    Parameters
    ----------
    name
        Prefix of the object names: ``ablation`` or ``ladder``.
    config
        The form's settings; the experiment replaces those of the loss.
    """

    def __init__(self, state: AppState, name: str, title: str, config: RunConfig, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._name, self._config = name, config
        self._folders, self._groups = state.folders, state.groups
        self._experiment: LossExperiment | None = None
        self._stem_given = False  # True once the user typed a name: it is no longer proposed
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
        # The style sheet draws this button in the accent colour.
        self._train.setProperty("kind", "primary")
        set_identity(self._train, f"{name}_train", "Train all runs in turns", "Train")
        set_identity(
            self._buttons.button(QDialogButtonBox.StandardButton.Cancel),
            f"{name}_cancel",
            "Close without training (Esc)",
        )

    def experiment(self, config: RunConfig) -> LossExperiment:
        """Return the experiment that the fields describe.

        Raises
        ------
        ConfigError
            If they describe none; the message is shown to the user.
        """
        raise NotImplementedError

    def lay_out(self) -> None:
        """Lay out the fields of a subclass and all other widgets, connect them, and list the runs."""
        self.fields.addRow("Epochs", self._epochs)
        self.fields.addRow("Name", self._stem)
        column = QVBoxLayout(self)
        column.addWidget(self._head)
        column.addLayout(self.fields)
        column.addWidget(self._runs, 1)
        for widget in (self._note, self._buttons):
            column.addWidget(widget)
        resize_to_text(self, 54, 32)
        self._epochs.valueChanged.connect(self.renew)
        self._stem.textEdited.connect(self._on_stem)
        self._runs.itemChanged.connect(self._on_checked)
        self._buttons.accepted.connect(self._on_agreed)
        self._buttons.rejected.connect(self.reject)
        self.renew()

    @Slot()
    def renew(self) -> None:
        """List the runs to train, or show why there are none."""
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
        # Blocked: setting check states emits itemChanged, which unchecks surplus rows.
        self._runs.blockSignals(True)
        self._runs.clear()
        # Spread over the whole list: the first four values of β would differ least.
        checked = equally_spaced(len(experiment.members), MAX_PANES)
        for index, member in enumerate(experiment.members):
            item = QTreeWidgetItem([member.title, "", ""])
            item.setCheckState(0, Qt.CheckState.Checked if index in checked else Qt.CheckState.Unchecked)
            self._runs.addTopLevelItem(item)
            label = QLabel(loss_html(member.parts))
            label.setContentsMargins(4, 0, 4, 0)
            self._runs.setItemWidget(item, 1, label)
        self._runs.blockSignals(False)
        em = self.fontMetrics().height()
        # Qt underestimates the width of a check box.
        for column, widest in ((0, 10), (1, 12)):
            self._runs.setColumnWidth(column, max(self._runs.sizeHintForColumn(column) + em, widest * em))

    def _show_names(self) -> None:
        """Name the runs with free names, and say how much is trained."""
        experiment = self._experiment
        # Enabled again at the end, if nothing was found wrong.
        self._train.setEnabled(False)
        if experiment is None:
            return
        folder = self._folders.folder
        if not self._stem_given:
            self._stem.setText(free_stem(folder, f"{source_stem(self._config.data.source)}-{self._name}", experiment))
        stem = self._stem.text().strip()
        names = [run_name(stem, member) for member in experiment.members]
        for row, name in zip(self._rows(), names, strict=True):
            row.setText(2, name)
        # The folder listing of the service, not the disk: this runs at each key press.
        taken = {path.name for path in self._folders.listed_paths()}
        problem = next((fault for name in names if (fault := name_problem(name, folder, taken))), "")
        problem = problem if stem else "Enter a prefix for the run names."
        if problem:
            self._show_message(problem, "error")
            return
        count, epochs = len(experiment.members), self._epochs.value()
        self._show_message(
            f"{count} runs of {epochs} epochs each, {count * epochs} epochs in all, trained in turns.", "muted"
        )
        self._train.setEnabled(True)

    def _show_message(self, text: str, role: str) -> None:
        self._note.setText(text)
        set_style_property(self._note, "role", role)

    @Slot(str)
    def _on_stem(self, text: str) -> None:
        self._stem_given = bool(text.strip())
        self._show_names()

    @Slot(QTreeWidgetItem)
    def _on_checked(self, item: QTreeWidgetItem) -> None:
        """Keep at most `MAX_PANES` rows checked: the first other one is unchecked."""
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
        rows = (self._runs.topLevelItem(index) for index in range(self._runs.topLevelItemCount()))
        return [row for row in rows if row is not None]


def _shared(config: RunConfig) -> str:
    family = catalog.family(config.model.family)
    return (
        f"All runs: {family.title}, latent dim {config.model.latent_dim}, on "
        f"{source_title(config.data.source)}, seed {config.train.seed}, from the form. All start from the same "
        "weights and see the same batches; only the loss differs."
    )


REMEMBERED = "loss/with_autoencoder"


class AblationDialog(ExperimentDialog):
    """Trains with the KL only, the reconstruction only, and both; optionally also the plain autoencoder."""

    def __init__(self, state: AppState, config: RunConfig, parent: QWidget | None = None) -> None:
        super().__init__(state, "ablation", "Loss ablation", config, parent)
        self._plain = set_identity(
            QCheckBox("Also an autoencoder"),
            "ablation_autoencoder",
            "Also train an autoencoder with the same networks",
        )
        # Before lay_out, so that setting the stored value does not list the runs twice.
        self._plain.setChecked(settings().value(REMEMBERED, True, bool) is True)
        self.fields.addRow("", self._plain)
        self._plain.toggled.connect(self.renew)
        self.lay_out()

    def experiment(self, config: RunConfig) -> LossExperiment:
        """Return the ablation, and store the choice for the next time."""
        settings().setValue(REMEMBERED, self._plain.isChecked())
        return ablation(config, with_autoencoder=self._plain.isChecked())


REMEMBERED_BETAS = "loss/betas"


class LadderDialog(ExperimentDialog):
    """Trains one run for each β of any list."""

    def __init__(self, state: AppState, config: RunConfig, parent: QWidget | None = None) -> None:
        super().__init__(state, "ladder", "β ladder", config, parent)
        self._betas = set_identity(QLineEdit(), "ladder_betas", "The values of β, comma-separated: 0.1, 0.5, 1", "β")
        # The stored value is whatever the settings file holds.
        known = settings().value(REMEMBERED_BETAS)
        self._betas.setText(known if isinstance(known, str) and known else ", ".join(map(beta_text, BETAS)))
        self.fields.addRow("β", self._betas)
        self._betas.textEdited.connect(self.renew)
        self.lay_out()

    def experiment(self, config: RunConfig) -> LossExperiment:
        """Return the ladder, and store the list for the next time."""
        # Parsed first: a list that cannot be read is not stored.
        found = ladder(config, read_betas(self._betas.text()))
        settings().setValue(REMEMBERED_BETAS, self._betas.text())
        return found

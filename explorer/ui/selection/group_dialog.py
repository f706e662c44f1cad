"""The dialog that names a group: of the selected samples, or of those near the probe."""

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from explorer.jobs.plane.selection_edits import MAX_NAME, name_problem
from explorer.jobs.queries.selection_questions import FindNeighbours, FoundSamples
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.session import Probe
from explorer.ui.selection.selection_editor import SelectionEditor
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion
from explorer.ui.widgets.boxes import ChoiceBox, DecimalBox, IntegerBox
from explorer.ui.widgets.identity import set_identity

FIRST_COUNT, FIRST_RADIUS = 20, 0.5
"""Initial number of neighbours, and initial radius in latent units."""
LETTERS = 34
"""Width of the name's field, in letters."""


class GroupDialog(QDialog):
    """Asks for the name of a group of samples.

    Parameters
    ----------
    samples, origin
        The indices of the members, and a text that says where they come from.
    suggestion
        The name to use if the user types none.
    """

    def __init__(
        self, editor: SelectionEditor, state: AppState, samples: tuple[int, ...], origin: str, suggestion: str,
        parent: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._editor, self._session = editor, state.session
        self._samples, self._origin, self._suggestion = samples, origin, suggestion
        set_identity(self, "group_dialog", accessible="Name a group").setWindowTitle("Name a group")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.name = set_identity(QLineEdit(maxLength=MAX_NAME), "group_name", "Name of the group", "Name")
        self.name.setMinimumWidth(LETTERS * self.name.fontMetrics().averageCharWidth())
        self._count = set_identity(QLabel(), "group_count", accessible="Number of samples")
        self._count.setProperty("role", "muted")
        self._problem = set_identity(QLabel(wordWrap=True), "group_problem", accessible="Problem")
        self._problem.setProperty("role", "error")
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self._create = self._buttons.button(QDialogButtonBox.StandardButton.Ok)
        self._create.setText("Create group")
        set_identity(self._create, "group_create", "Keep the samples under this name (Enter)", "Create group")
        self._create.setProperty("kind", "primary")
        cancel = self._buttons.button(QDialogButtonBox.StandardButton.Cancel)
        set_identity(cancel, "group_cancel", "Close without a group (Esc)", "Cancel")
        self.form = QFormLayout()
        self.form.addRow("Name", self.name)
        column = QVBoxLayout(self)
        column.addLayout(self.form)
        for widget in (self._count, self._problem, self._buttons):
            column.addWidget(widget)
        self.name.textChanged.connect(self._show)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._show()

    @Slot(tuple, str, str, str)
    def set_samples(self, samples: tuple[int, ...], origin: str, suggestion: str, problem: str = "") -> None:
        """Set other members."""
        self._samples, self._origin, self._suggestion = samples, origin, suggestion
        self._show()
        if problem:
            self._problem.setText(problem)

    def accept(self) -> None:
        """Keep the group."""
        self._editor.keep_group(self._wanted(), self._samples, self._origin)
        super().accept()

    def _wanted(self) -> str:
        return self.name.text().strip() or self._suggestion

    @Slot()
    def _show(self) -> None:
        self.name.setPlaceholderText(self._suggestion)
        count = len(self._samples)
        self._count.setText(f"{count:,} {'sample' if count == 1 else 'samples'}")
        typed = self.name.text().strip()
        # If the suggested name is taken, it gets a number.
        problem = name_problem(self._session.view.groups, self._editor.data, typed) if typed else ""
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self._create.setEnabled(count > 0 and not problem)


class NeighbourSearch(QObject):
    """Controls that find the samples near the probe: their number or a radius.

    Signals
    -------
    found : tuple, str, str, str
        The samples, their origin, a suggested name, and the reason if there are none.
    """

    found = Signal(tuple, str, str, str)

    def __init__(self, state: AppState, run: OpenRun, probe: Probe, form: QFormLayout, parent: QObject) -> None:
        super().__init__(parent)
        self._run, self._probe, self._form = run, probe, form
        # The members must not change while the user types a name.
        self._question = LiveQuestion(state.asker, self._on_answer, parent=self, follows_weights=False)
        self.by = set_identity(ChoiceBox(), "group_by", "How the neighbours are chosen", "Choose by")
        self.by.add("number of nearest samples", "count", "The samples with the codes nearest to the probe")
        self.by.add("distance from the probe", "radius", "All samples within a distance, in latent units")
        self.count = set_identity(IntegerBox(), "group_neighbours", "Number of nearest samples", "Samples")
        self.count.setRange(1, max(1, len(run.plane.index) if run.plane is not None else 1))
        self.count.setValue(FIRST_COUNT)
        self.radius = set_identity(DecimalBox(), "group_radius", "Largest distance, in latent units", "Distance")
        self.radius.setRange(0.001, 1e6)
        self.radius.setDecimals(3)
        # Latent spaces differ in scale by orders of magnitude, and so do useful radii.
        self.radius.setStepType(DecimalBox.StepType.AdaptiveDecimalStepType)
        self.radius.setValue(FIRST_RADIUS)
        self._form.addRow("Choose by", self.by)
        self._form.addRow("Samples", self.count)
        self._form.addRow("Distance", self.radius)
        self.by.currentIndexChanged.connect(self.search)
        self.count.valueChanged.connect(self.search)
        self.radius.valueChanged.connect(self.search)

    @property
    def _place(self) -> str:
        return "the probe" if self._probe.sample is None else self._run.description.sample_title(self._probe.sample)

    @Slot()
    def search(self) -> None:
        """Find the samples for the current settings."""
        by_count = self.by.currentData() == "count"
        self._form.setRowVisible(self.count, by_count)
        self._form.setRowVisible(self.radius, not by_count)
        count, radius = (self.count.value(), 0.0) if by_count else (0, self.radius.value())
        self._question.ask(FindNeighbours(self._run.key, self._probe.z, self._run.plane, count, radius))

    def _on_answer(self, answer: Answer) -> None:
        found, asked = answer.value, answer.question
        if not isinstance(found, FoundSamples) or not isinstance(asked, FindNeighbours):
            return
        name = f"{asked.count} nearest to {self._place}" if asked.count else f"near {self._place}"
        # The origin keeps the radius, which the name leaves out to stay short.
        origin = name if asked.count else f"within {asked.radius:g} of {self._place}"
        self.found.emit(tuple(found.samples.tolist()), origin, name, found.problem)


def neighbours_dialog(
    editor: SelectionEditor, state: AppState, run: OpenRun, probe: Probe, parent: QWidget
) -> GroupDialog:
    """Return the dialog for a group of the samples near the probe, with the number that its settings find."""
    dialog = GroupDialog(editor, state, (), "", "", parent)
    dialog.setWindowTitle("Group of neighbours")
    search = NeighbourSearch(state, run, probe, dialog.form, dialog)
    search.found.connect(dialog.set_samples)
    search.search()
    return dialog

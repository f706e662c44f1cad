"""All figures of a run on its test split: the ELBO beside the estimate of log p(x) and the gap, then the rest."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from explorer.data.corruption import Corruption
from explorer.jobs.inference import Answer
from explorer.jobs.measure_figures import MeasureFigures
from explorer.latent.figure_definitions import FigureDescription
from explorer.latent.figure_words import figure_text, note_text, shown_figures, titled
from explorer.latent.figures import Figures
from explorer.ui.dialog_buttons import close_button
from explorer.ui.named import named
from explorer.ui.workbench import Workbench

PURPOSE = "figures"
BOUND = ("elbo", "gap", "log_likelihood")


class FiguresDialog(QDialog):
    """Asks the run's model while the window goes on; measures anew when the run has other weights."""

    def __init__(self, bench: Workbench, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench, self._key = bench, key
        self._step = -1
        self._labels: dict[str, QLabel] = {}
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        named(self, "figures_dialog", accessible="Figures")
        self._head = named(QLabel(), "figures_head", accessible="What was measured")
        self._head.setWordWrap(True)
        self._page = QWidget()
        self._rows = QGridLayout(self._page)
        self._rows.setColumnStretch(1, 1)
        self._rows.setHorizontalSpacing(self.fontMetrics().height())
        self._note = named(QLabel(), "figures_note", accessible="About the figures")
        self._note.setWordWrap(True)
        self._note.setProperty("role", "muted")
        scroll = named(QScrollArea(widgetResizable=True), "figures_scroll", accessible="Figures")
        scroll.setWidget(self._page)
        column = QVBoxLayout(self)
        for widget in (self._head, scroll, self._note, close_button(self, "figures")):
            column.addWidget(widget)
        width = self.fontMetrics().horizontalAdvance("m")
        self.resize(48 * width, 46 * width)
        bench.answered.connect(self._on_answer)
        bench.run_changed.connect(self._on_run)
        bench.run_closed.connect(self._on_closed)
        self._on_run(key)

    @property
    def texts(self) -> dict[str, str]:
        """What is said of each figure, by its name."""
        return {name: label.text() for name, label in self._labels.items()}

    @Slot(str)
    def _on_run(self, key: str) -> None:
        """Measure weights that were not measured yet; those of a training that goes on are gone in a moment."""
        run = self._bench.runs.get(self._key)
        if key != self._key or run is None:
            return
        self.setWindowTitle(f"Figures of {run.name}")
        if run.dataset is None:
            self._head.setText(run.missing_data or "The run's data is being loaded.")
        elif run.key in self._bench.training:
            self._head.setText("The figures are measured when the training ends.")
        elif run.step != self._step:
            self._step = run.step
            self._head.setText("The figures of the test split are being measured …")
            self._bench.ask(MeasureFigures(self._key, PURPOSE, corruption=Corruption.of_training(run.config.train)))

    @Slot(str)
    def _on_closed(self, key: str) -> None:
        if key == self._key:
            self.close()

    @Slot(object)
    def _on_answer(self, answer: Answer) -> None:
        if not isinstance(answer.question, MeasureFigures) or answer.question.run != self._key:
            return
        if isinstance(answer.value, Figures):
            self._show(answer.value, answer.step)
        else:
            self._head.setText(f"The figures could not be measured: {answer.problem or 'the data is not at hand'}.")

    def _show(self, figures: Figures, step: int) -> None:
        run = self._bench.runs[self._key]
        draws = f", K = {figures.importance_samples} draws each" if figures.importance_samples else ""
        codes = f", holes among {figures.hole_codes:,} codes" if figures.hole_codes else ""
        self._head.setText(
            f"{run.name}, {run.title}: {figures.samples:,} samples of the {figures.split} split, step {step:,}{draws}"
            f"{codes}. Rest over a figure for its definition."
        )
        self._note.setText(note_text(figures.note))
        self._note.setVisible(bool(figures.note))
        self._clear()
        by_name = {figure.name: figure for figure in shown_figures()}
        self._add_head("A LOWER BOUND, AND WHAT IT BOUNDS")
        for name in BOUND:
            self._add(by_name.pop(name), figures)
        self._add_head("ALL OTHERS")
        for figure in by_name.values():
            self._add(figure, figures)
        self._rows.setRowStretch(self._rows.rowCount(), 1)

    def _clear(self) -> None:
        self._labels = {}
        while (item := self._rows.takeAt(0)) is not None:
            if (label := item.widget()) is not None:
                label.deleteLater()

    def _add_head(self, text: str) -> None:
        head = QLabel(text)
        head.setProperty("role", "head")
        head.setContentsMargins(0, self.fontMetrics().height() // 2, 0, 0)
        self._rows.addWidget(head, self._rows.rowCount(), 0, 1, 2)

    def _add(self, figure: FigureDescription, figures: Figures) -> None:
        title, text = QLabel(titled(figure)), QLabel(figure_text(figure, figures))
        text.setWordWrap(True)
        if getattr(figures, figure.name) is None:
            text.setProperty("role", "muted")
        named(text, f"figure_{figure.name}", figure.definition, figure.title)
        title.setToolTip(figure.definition)
        self._labels[figure.name] = text
        row = self._rows.rowCount()
        self._rows.addWidget(title, row, 0, Qt.AlignmentFlag.AlignTop)
        self._rows.addWidget(text, row, 1)

"""All figures of a run on its test split: the ELBO beside the estimate of log p(x) and the gap, then the rest."""

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from explorer.export.figures_table import FiguresTable
from explorer.jobs.runs.evaluate_run import distinct_names
from explorer.latent.evaluation.catalog import BY_NAME
from explorer.latent.evaluation.figure_text import figure_text, note_text
from explorer.latent.evaluation.figures import Figures, absence_words
from explorer.latent.metrics.figure import Figure
from explorer.latent.metrics.likelihood.log_likelihood import NOT_ASKED
from explorer.ui.figures.definition import FigureTitle
from explorer.ui.figures.overlap_view import OverlapView
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.dialog_buttons import close_button
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.saving import ask_path

BOUND = ("elbo", "gap", "log_likelihood")
KINDS = {"csv": "CSV table", "md": "Markdown table"}


class FiguresDialog(QDialog):
    """Shows what is known of the run's present weights, has it measured where nothing is, and follows the run."""

    def __init__(self, state: AppState, themes: ThemeSource, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes, self._key = themes, key
        self._store, self._figures, self._tasks = state.store, state.figures, state.tasks
        self._shown: Figures | None = None
        self._labels: dict[str, QLabel] = {}
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        set_identity(self, "figures_dialog", accessible="Figures")
        self._head = set_identity(QLabel(wordWrap=True), "figures_head", accessible="Measured on")
        self._page = QWidget()
        self._rows = QGridLayout(self._page)
        self._rows.setColumnStretch(1, 1)
        self._rows.setHorizontalSpacing(self.fontMetrics().height())
        self._overlap = OverlapView()
        self._note = set_identity(QLabel(wordWrap=True), "figures_note", accessible="About the figures")
        self._note.setProperty("role", "muted")
        column = QVBoxLayout(self)
        column.addWidget(self._head)
        column.addWidget(self._tabs(), 1)
        column.addWidget(self._note)
        column.addLayout(self._buttons())
        width = self.fontMetrics().horizontalAdvance("m")
        self.resize(50 * width, 46 * width)
        state.figures.changed.connect(self._on_figures)
        state.store.closed.connect(self._on_closed)
        themes.changed.connect(self._redraw)
        state.figures.want(key)
        self._on_figures(key)

    @property
    def texts(self) -> dict[str, str]:
        """What is said of each figure, by its name."""
        return {name: label.text() for name, label in self._labels.items()}

    def _tabs(self) -> QTabWidget:
        scroll = set_identity(QScrollArea(widgetResizable=True), "figures_scroll", accessible="Figures")
        scroll.setWidget(self._page)
        tabs = set_identity(
            QTabWidget(documentMode=True), "figures_tabs", accessible="Figures, and the overlap of the classes"
        )
        tabs.addTab(scroll, "Figures")
        tabs.addTab(self._overlap, "Overlap by pairs of classes")
        return tabs

    def _buttons(self) -> QHBoxLayout:
        self._measure = set_identity(
            QPushButton("Measure log p(x)"),
            "figures_measure",
            "Estimate log p(x) with 64 importance samples each; this takes longest",
        )
        self._copy = set_identity(QPushButton("Copy"), "figures_copy", "Copy the figures as a Markdown table")
        self._save = set_identity(QPushButton("Save…"), "figures_save", "Save figures and matrix as CSV or Markdown")
        for button, slot in (
            (self._measure, self._on_measure),
            (self._copy, self._on_copy),
            (self._save, self._on_save),
        ):
            button.setAutoDefault(False)
            button.clicked.connect(slot)
        row = QHBoxLayout()
        for button in (self._measure, self._copy, self._save):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(close_button(self, "figures"))
        return row

    @Slot(str)
    def _on_figures(self, key: str) -> None:
        run = self._store.runs.get(self._key)
        if key != self._key or run is None:
            return
        self.setWindowTitle(f"Figures of {run.name}")
        kept, waiting = self._figures.of(key), self._figures.waiting_words(key)
        lacks_bound = kept is None or kept.figures.not_defined.get("log_likelihood") == NOT_ASKED
        self._measure.setVisible(lacks_bound)
        self._measure.setText("Measure" if kept is None else "Measure log p(x)")
        self._measure.setEnabled(self._figures.can_measure(key) and not self._figures.is_measuring(key))
        for button in (self._copy, self._save):
            button.setEnabled(kept is not None)
        if kept is None:
            self._head.setText(f"{run.name}, {run.title}: {waiting}.")
            self._shown = None
            self._clear()
            self._overlap.show_matrix(None, (), f"{waiting[:1].upper()}{waiting[1:]}.", self._themes.theme)
            return
        self._head.setText(
            _head_text(run.name, run.title, kept.figures, kept.step) + (f" Anew: {waiting}." if waiting else "")
        )
        if kept.figures != self._shown:
            self._show(kept.figures)

    @Slot(str)
    def _on_closed(self, key: str) -> None:
        if key == self._key:
            self.close()

    @Slot()
    def _on_measure(self) -> None:
        self._figures.measure(self._key)

    @Slot()
    def _on_copy(self) -> None:
        if (table := self._table()) is not None:
            QGuiApplication.clipboard().setText(table.as_markdown())

    @Slot()
    def _on_save(self) -> None:
        if (table := self._table()) is None:
            return
        path = ask_path(self, "Save figures", f"{Path(self._key).name}-figures.csv", KINDS)
        if path is not None:
            self._tasks.save(path, lambda _: table.save(path))

    @Slot()
    def _redraw(self) -> None:
        if self._shown is not None:
            self._show_overlap(self._shown)

    def _table(self) -> FiguresTable | None:
        run = self._store.runs.get(self._key)
        if run is None or self._shown is None:
            return None
        return FiguresTable(run.name, self._shown, self._class_names(self._shown))

    def _class_names(self, figures: Figures) -> tuple[str, ...]:
        names = self._store.runs[self._key].description.class_names
        return distinct_names(names, len(figures.overlap_matrix or ()))

    def _show(self, figures: Figures) -> None:
        self._shown = figures
        self._note.setText(note_text(figures.note))
        self._note.setVisible(bool(figures.note))
        self._show_overlap(figures)
        self._clear()
        by_name = dict(BY_NAME)
        self._add_head("A LOWER BOUND, AND WHAT IT BOUNDS")
        for name in BOUND:
            self._add(by_name.pop(name), figures)
        self._add_head("ALL OTHERS")
        for figure in by_name.values():
            self._add(figure, figures)
        self._rows.setRowStretch(self._rows.rowCount(), 1)

    def _show_overlap(self, figures: Figures) -> None:
        why = absence_words(figures.why_not("overlap_matrix"))
        names = self._class_names(figures)
        self._overlap.show_matrix(figures.overlap_matrix, names, f"The overlap by pairs is {why}.", self._themes.theme)

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

    def _add(self, figure: Figure, figures: Figures) -> None:
        text = QLabel(figure_text(figure, figures), wordWrap=True)
        if figures[figure.name] is None:
            text.setProperty("role", "muted")
        set_identity(text, f"figure_{figure.name}", figure.definition, figure.title)
        self._labels[figure.name] = text
        row = self._rows.rowCount()
        self._rows.addWidget(FigureTitle(figure), row, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._rows.addWidget(text, row, 1)


def _head_text(name: str, title: str, figures: Figures, step: int) -> str:
    draws = f", K = {figures.importance_samples} draws each" if figures.importance_samples else ""
    samples = "sample" if figures.samples == 1 else "samples"
    codes = f", holes among {figures.hole_codes:,} codes" if figures.hole_codes else ""
    return (
        f"{name}, {title}: {figures.samples:,} {samples} of the {figures.split} split, step {step:,}{draws}{codes}. "
        "Click a figure's name for its definition."
    )

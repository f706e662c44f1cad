"""All figures of a run on its test split: first the ELBO, the gap and log p(x), then the others.

1. The dialog asks `RunFigures` for the figures of the run's present weights, which measures them if needed.
2. `_on_figures` is called when they arrive or become outdated, and shows head, buttons and figures.
3. log p(x) is measured on request, as it takes longest.
4. A click on the title of a figure (`FigureTitle`) shows its definition.
"""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.export.comparison import FiguresTable
from explorer.jobs.runs.kept_figures import KeptFigures, distinct_names
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.evaluation.catalog import BY_NAME
from explorer.latent.evaluation.comparison_text import listed
from explorer.latent.evaluation.evaluate import IMPORTANCE_SAMPLES
from explorer.latent.evaluation.figure_text import (
    Matrix,
    as_array,
    figure_text,
    note_text,
    overlap_words,
    percent,
    titled,
)
from explorer.latent.evaluation.figures import Figures, absence_words
from explorer.latent.information.discrete import Unit
from explorer.latent.metrics.figure import Figure
from explorer.latent.metrics.likelihood.log_likelihood import MEASURE_HELP, NOT_ASKED, draws_text
from explorer.rendering.theme import Theme
from explorer.ui.services.app_state import AppState
from explorer.ui.state.unit_source import UnitSource
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.card_places import with_mark
from explorer.ui.widgets.buttons import close_button, resize_to_text
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import popup_text
from explorer.ui.widgets.saving import ask_path

EXPLAINED = (
    "Each row shows the samples of one class. A sample counts on the diagonal if at least half of its "
    "neighbours are of its own class, otherwise in the column of the other class that is most frequent among "
    "them. Each row adds up to 100 %."
)


class OverlapView(QWidget):
    """The overlap of classes by pairs: a sentence on the largest, above a table of shares that are shaded by size."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = set_identity(QLabel(wordWrap=True), "overlap_words", accessible="The largest overlap")
        self._table = set_identity(QTableWidget(), "overlap_matrix", EXPLAINED, "Overlap by pairs of classes")
        self._table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self._note = set_identity(QLabel(EXPLAINED, wordWrap=True), "overlap_note", accessible="How to read it")
        self._note.setProperty("role", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self._text, self._table, self._note):
            column.addWidget(widget)

    @property
    def words(self) -> str:
        """The text above the table."""
        return self._text.text()

    def show_matrix(self, matrix: Matrix | None, names: Sequence[str], why_not: str, theme: Theme) -> None:
        """Show shares by pairs of classes ``(C, C)``, or why there are none."""
        self._table.setVisible(matrix is not None)
        self._note.setVisible(matrix is not None)
        if matrix is None:
            self._text.setText(why_not)
            return
        self._text.setText(overlap_words(matrix, names))
        self._fill(as_array(matrix), names, theme)

    def _fill(
        self, shares: np.ndarray[tuple[int, ...], np.dtype[np.float64]], names: Sequence[str], theme: Theme
    ) -> None:
        table, count = self._table, len(shares)
        table.setRowCount(count)
        table.setColumnCount(count)
        table.setHorizontalHeaderLabels(list(names))
        table.setVerticalHeaderLabels(list(names))
        for row in range(count):
            for column in range(count):
                table.setItem(row, column, _item(shares[row, column], row == column, names[row], names[column], theme))
        # Every column must hold "100 %"; up to twelve share the width, more of them scroll.
        width = table.fontMetrics().horizontalAdvance("100 %") + table.fontMetrics().height()
        table.horizontalHeader().setMinimumSectionSize(width)
        table.horizontalHeader().setSectionResizeMode(
            QHeaderView.ResizeMode.Stretch if count <= 12 else QHeaderView.ResizeMode.ResizeToContents
        )
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)


def _item(share: float, is_diagonal: bool, one: str, other: str, theme: Theme) -> QTableWidgetItem:
    # A class without samples in the split has a row of NaN.
    if np.isnan(share):
        item = QTableWidgetItem("–")
        item.setToolTip(f"The split has no sample of “{one}”")
    else:
        item = QTableWidgetItem(percent(share) if share > 0 else "·")
        among = "their own class" if is_diagonal else f"“{other}”"
        item.setToolTip(f"{100 * share:.1f} % of the samples of “{one}” lie among {among}")
    item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
    item.setForeground(QColor(theme.muted if is_diagonal or not share > 0 else theme.text))
    if not is_diagonal and share > 0:
        shade = QColor(theme.accent)
        # At most 45 % opacity, so that the text stays readable.
        shade.setAlphaF(min(0.45, 0.08 + 0.9 * float(share)))
        item.setBackground(shade)
    return item


NO_BREAK = "\u00a0"
"""A space without a line break."""
BOUND = ("elbo", "gap", "log_likelihood")
KINDS = {"csv": "CSV table", "md": "Markdown table"}


class FiguresDialog(QDialog):
    """Shows the figures of the weights in use, and follows the run."""

    def __init__(self, state: AppState, themes: ThemeSource, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes, self._key = themes, key
        self._store, self._figures, self._tasks = state.store, state.figures, state.tasks
        self._units = state.units
        self._shown: Figures | None = None
        self._labels: dict[str, QLabel] = {}
        # One dialog per run: closed ones must not stay in memory as children of the window.
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
        column.addWidget(with_mark(self._head, "figures_errors", "standard_error", themes))
        column.addWidget(self._tabs(), 1)
        column.addWidget(self._note)
        column.addLayout(self._buttons())
        resize_to_text(self, 50, 46)
        state.figures.changed.connect(self._on_figures)
        state.store.closed.connect(self._on_closed)
        themes.changed.connect(self._redraw)
        self._units.changed.connect(self._on_unit)
        state.figures.want(key)
        self._on_figures(key)

    @property
    def texts(self) -> dict[str, str]:
        """The text of each figure, by name."""
        return {name: label.text().replace(NO_BREAK, " ") for name, label in self._labels.items()}

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
            MEASURE_HELP.format(draws=IMPORTANCE_SAMPLES),
        )
        self._copy = set_identity(QPushButton("Copy"), "figures_copy", "Copy the figures as a Markdown table")
        self._save = set_identity(QPushButton("Save…"), "figures_save", "Save figures and matrix as CSV or Markdown")
        for button, slot in (
            (self._measure, self._on_measure),
            (self._copy, self._on_copy),
            (self._save, self._on_save),
        ):
            # Otherwise Enter in the dialog would press the first button.
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
        # Figures of all runs arrive here, and the run may have been closed.
        run = self._store.runs.get(self._key)
        if key != self._key or run is None:
            return
        self.setWindowTitle(f"Figures of {run.name}")
        kept, waiting = self._figures.of(key), self._figures.waiting_words(key)
        # NOT_ASKED differs from "not defined": only the former can be measured.
        lacks_bound = kept is None or kept.figures.not_defined.get("log_likelihood") == NOT_ASKED
        self._measure.setVisible(lacks_bound)
        self._measure.setText("Measure" if kept is None else "Measure log p(x)")
        self._measure.setEnabled(self._figures.can_measure(key) and not self._figures.is_measuring(key))
        for button in (self._copy, self._save):
            button.setEnabled(kept is not None)
        # Numbers of older weights must not stay below the name of the run.
        if kept is None:
            self._head.setText(f"{run.name}, {run.title}: {waiting}.")
            self._shown = None
            self._clear()
            self._overlap.show_matrix(None, (), f"{waiting[:1].upper()}{waiting[1:]}.", self._themes.theme)
            return
        self._head.setText(_head_text(run, kept) + (f" Updating: {waiting}." if waiting else ""))
        # Labels are made again only for other figures, so that the scroll position stays.
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

    @Slot()
    def _on_unit(self) -> None:
        if self._shown is not None:
            self._show(self._shown)

    def _table(self) -> FiguresTable | None:
        run = self._store.runs.get(self._key)
        if run is None or self._shown is None:
            return None
        return FiguresTable(run.name, self._shown, self._class_names(self._shown))

    def _class_names(self, figures: Figures) -> tuple[str, ...]:
        names = self._store.runs[self._key].description.class_names
        # Two classes of the same name need different labels in the table.
        return distinct_names(names, len(figures.overlap_matrix or ()))

    def _show(self, figures: Figures) -> None:
        self._shown = figures
        self._note.setText(note_text(figures.note))
        self._note.setVisible(bool(figures.note))
        self._show_overlap(figures)
        self._clear()
        by_name = dict(BY_NAME)  # a copy, from which the first three are taken out
        self._add_head("Lower bound and log-likelihood")
        for name in BOUND:
            self._add(by_name.pop(name), figures)
        self._add_head("Other figures")
        for figure in by_name.values():
            self._add(figure, figures)
        # Without a stretching last row the rows spread over the page.
        self._rows.setRowStretch(self._rows.rowCount(), 1)

    def _show_overlap(self, figures: Figures) -> None:
        why = absence_words(figures.why_not("overlap_matrix"))
        names = self._class_names(figures)
        self._overlap.show_matrix(figures.overlap_matrix, names, f"The overlap by pairs is {why}.", self._themes.theme)

    def _clear(self) -> None:
        self._labels = {}
        # takeAt removes the item from the layout; its widget stays a child of the page until it is deleted.
        while (item := self._rows.takeAt(0)) is not None:
            if (label := item.widget()) is not None:
                label.deleteLater()

    def _add_head(self, text: str) -> None:
        head = QLabel(text)
        head.setProperty("role", "head")
        head.setContentsMargins(0, self.fontMetrics().height() // 2, 0, 0)
        self._rows.addWidget(head, self._rows.rowCount(), 0, 1, 2)

    def _add(self, figure: Figure, figures: Figures) -> None:
        # An error must not be separated from its sign.
        text = QLabel(figure_text(figure, figures, self._units.unit).replace("± ", f"±{NO_BREAK}"), wordWrap=True)
        if figures[figure.name] is None:
            text.setProperty("role", "muted")
        set_identity(text, f"figure_{figure.name}", figure.definition, figure.title)
        self._labels[figure.name] = text
        row = self._rows.rowCount()
        self._rows.addWidget(
            FigureTitle(figure, self._units), row, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft
        )
        self._rows.addWidget(text, row, 1)


def _head_text(run: OpenRun, kept: KeptFigures) -> str:
    figures = kept.figures
    weights = f"step {kept.step:,}" if run.used is None else run.used.words
    draws = figures.importance_samples
    how = f", {draws_text(figures.samples, figures.count('accurate_samples'), draws)}" if draws else ""
    samples = "sample" if figures.samples == 1 else "samples"
    codes = f", holes among {figures.hole_codes:,} codes" if figures.hole_codes else ""
    return (
        f"{run.name}, {run.title}. Weights: {weights}. Measured on {figures.samples:,} {samples} of the "
        f"{figures.split} split{how}{codes}. "
        "Click a figure's name for its definition."
    )


WIDTH = 380
"""Width of the popup in pixels at text scale 1."""


class FigureTitle(QToolButton):
    """A figure's title as a button; a click or Space shows its definition."""

    def __init__(self, figure: Figure, units: UnitSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._figure, self._units = figure, units
        self.setText(titled(figure))
        self.setAutoRaise(True)
        self.setCursor(Qt.CursorShape.WhatsThisCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        tip = f"What “{figure.title}” means"
        set_identity(self, f"definition_{figure.name}", tip, tip)
        # Qt would centre the text and pad it like a button.
        self.setStyleSheet("QToolButton { padding: 1px 2px; text-align: left; }")
        self.clicked.connect(self._explain)

    @Slot()
    def _explain(self) -> None:
        # 17 pixels is the text height at scale 1.
        popup_text(
            self, definition_html(self._figure, self._units.unit), round(WIDTH * self.fontMetrics().height() / 17)
        )


def definition_html(figure: Figure, unit: Unit, gap: str = "<br><br>") -> str:
    """Return a figure's title, unit, direction, definition, errors and needs as HTML, with ``gap`` between them."""
    over = [f"over {error.over}" for error in figure.errors]
    error = f"{gap}Its error (±) is a standard error {' and one '.join(over)}." if over else ""
    return (
        f"<b>{escape(figure.title, quote=False)}</b><br>{escape(unit.label(figure.unit), quote=False)}; "
        f"{figure.direction}.{gap}"
        f"{escape(figure.definition, quote=False)}{error}{gap}It needs {listed(figure.needs)}."
    )

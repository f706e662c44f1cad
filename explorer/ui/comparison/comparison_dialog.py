"""The comparison of the runs in view: differences as text, a table, and a definition below.

1. When it is shown, the dialog has the missing figures of every run in view measured.
2. Figures, runs or panes change: a timer starts unless it runs, so that several changes are one redraw.
3. `comparison_in_view` compares the runs; `ComparisonTable` replaces only the cells that changed.
4. A click on a row shows its definition.
5. log p(x) is measured only on request, as it takes longest.
"""

from html import escape

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QGuiApplication, QShowEvent
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from explorer.export.comparison import Comparison, ComparisonLine, as_markdown
from explorer.latent.evaluation.catalog import BY_NAME
from explorer.latent.evaluation.comparability import RULE_IN_SHORT
from explorer.latent.evaluation.evaluate import IMPORTANCE_SAMPLES
from explorer.latent.evaluation.figure_text import note_text
from explorer.latent.information.discrete import NATS, Unit
from explorer.latent.metrics.likelihood.log_likelihood import MEASURE_HELP, NOT_ASKED
from explorer.session import View
from explorer.ui.comparison.comparison_table import (
    FOLLOW_MILLISECONDS,
    ComparisonTable,
    comparison_in_view,
    keys_in_view,
    save_comparison_in_view,
)
from explorer.ui.figures.figures_dialog import definition_html
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.card_places import with_mark
from explorer.ui.widgets.buttons import close_button, resize_to_text
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.settings import settings
from explorer.ui.widgets.windows import recall_geometry, remember_geometry

EMPTY = "No run is open. Open two runs (Compare, or Ctrl+O) to compare them."
DRAWS = IMPORTANCE_SAMPLES
"""Number of importance samples K per estimate of log p(x)."""
DEFINITION_SHARE = 0.1
"""Maximum share of the screen's height that is kept for the definition of a row."""
LOW_LINES = 36
"""Height of a screen, in lines of text, below which the notes are in a tooltip."""
DEFINITION = "Click a row to see its definition."


class ComparisonDialog(QDialog):
    """A dialog beside the window that follows the runs in view while it is open."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._state, self._figures, self._lifetime = state, state.figures, state.lifetime
        self._shown: Comparison | None = None
        set_identity(self, "comparison_dialog", accessible="Comparison").setWindowTitle(
            "Comparison of the runs in view"
        )
        self.table = ComparisonTable()
        self._text = set_identity(QLabel(wordWrap=True), "comparison_words", accessible="What differs")
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._definition = set_identity(
            QLabel(DEFINITION, wordWrap=True), "comparison_definition", accessible="Definition"
        )
        self._definition.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._rule = set_identity(QLabel(wordWrap=True), "comparison_rule", accessible="When a value is better")
        self._rule.setProperty("role", "muted")
        self._soon = QTimer(self, interval=FOLLOW_MILLISECONDS, singleShot=True)
        self._soon.timeout.connect(self._show)
        self._arrange()
        self.table.currentCellChanged.connect(self._define)
        state.figures.changed.connect(self._follow)
        state.store.opened.connect(self._follow)
        state.store.details_changed.connect(self._follow)
        state.store.closed.connect(self._follow)
        state.units.changed.connect(self._on_unit)
        themes.changed.connect(self._apply_theme)
        state.session.listen(self.show_view)

    def show_view(self, old: View, new: View) -> None:
        """Follow the runs in view."""
        if old.panes != new.panes:
            self._follow()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw, and have unknown figures measured."""
        super().showEvent(event)
        for key in keys_in_view(self._state):
            self._figures.want(key)
        self._show()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Store the geometry."""
        self._soon.stop()
        remember_geometry(self, "comparison")
        super().closeEvent(event)

    @property
    def comparison(self) -> Comparison | None:
        """The comparison shown, or None."""
        return self._shown

    @Slot()
    def save(self) -> None:
        """Ask for a file and save the table."""
        save_comparison_in_view(self._state, self, all_settings=self._all.isChecked())

    def _arrange(self) -> None:
        self._all = set_identity(QCheckBox("All settings"), "comparison_all", "Also list settings that are equal")
        self._all.setChecked(settings().value("comparison/all", False, type=bool) is True)
        self._all.toggled.connect(self._on_all)
        self._measure = set_identity(
            QPushButton("Measure log p(x)"),
            "comparison_measure",
            MEASURE_HELP.format(draws=DRAWS),
        )
        self._copy = set_identity(QPushButton("Copy"), "comparison_copy", "Copy text and table as Markdown")
        self._save = set_identity(QPushButton("Save…"), "comparison_save", "Save text and table as CSV or Markdown")
        row = QHBoxLayout()
        for button, slot in ((self._measure, self._on_measure), (self._copy, self._on_copy), (self._save, self.save)):
            # Otherwise Enter in the dialog would press the first button.
            button.setAutoDefault(False)
            button.clicked.connect(slot)
            row.addWidget(button)
        row.addWidget(self._all)
        row.addStretch(1)
        row.addWidget(close_button(self, "comparison"))
        column = QVBoxLayout(self)
        column.addWidget(self._text)
        column.addWidget(self.table, 1)
        column.addWidget(self._definition)
        self._rule_row = with_mark(self._rule, "comparison_rule", "paired_difference", self._themes)
        column.addWidget(self._rule_row)
        column.addLayout(row)
        # A fixed height, so that the dialog does not jump between short and long definitions.
        spare = round(DEFINITION_SHARE * self.screen().availableSize().height())
        self._definition.setMinimumHeight(min(5 * self.fontMetrics().lineSpacing(), spare))
        resize_to_text(self, 72, 60)
        recall_geometry(self, "comparison")

    @Slot()
    @Slot(str)
    def _follow(self, key: str = "") -> None:
        """Redraw soon, if the dialog is visible."""
        if self.isVisible() and not self._lifetime.closed and not self._soon.isActive():
            self._soon.start()

    @Slot()
    def _show(self) -> None:
        keys = keys_in_view(self._state)
        found = comparison_in_view(self._state) if keys else None
        # Set before the size of the table is computed, as a hidden table has none.
        self.table.setVisible(found is not None)
        self._text.setText(EMPTY if found is None else "\n".join(found.words))
        for button in (self._copy, self._save):
            button.setEnabled(found is not None)
        self._show_measure(keys)
        if found is not None:
            notes = " ".join(map(note_text, found.notes))
            # With large text on a small screen, the table needs the room; the figures of each run have the notes, too.
            is_low = self.screen().availableSize().height() < LOW_LINES * self.fontMetrics().lineSpacing()
            said = (found.why_unmarked, f"★ {RULE_IN_SHORT}.", "" if is_low else notes)
            self._rule.setToolTip(f"{found.rule} {notes}".strip())
            self._rule.setText(" ".join(text for text in said if text))
            marks = [self._state.marks.of(key) for key in keys]
            self.table.show_comparison(found, self._themes.theme, all_settings=self._all.isChecked(), marks=marks)
        self._rule_row.setVisible(found is not None)
        self._shown = found

    def _show_measure(self, keys: tuple[str, ...]) -> None:
        """Offer to measure log p(x) of the runs where it has not been asked for."""
        wanting = self._without_bound(keys)
        self._measure.setVisible(bool(wanting))
        self._measure.setEnabled(not any(self._figures.is_measuring(key) for key in wanting))

    def _without_bound(self, keys: tuple[str, ...]) -> list[str]:
        kept = {key: self._figures.of(key) for key in keys if self._figures.can_measure(key)}
        return [
            key
            for key, found in kept.items()
            # NOT_ASKED differs from "not defined": only the former can be measured.
            if found is None or found.figures.not_defined.get("log_likelihood") == NOT_ASKED
        ]

    @Slot()
    def _on_measure(self) -> None:
        for key in self._without_bound(keys_in_view(self._state)):
            self._figures.measure(key, DRAWS)
        self._show()

    @Slot()
    def _on_copy(self) -> None:
        # Computed again: the table may be up to FOLLOW_MILLISECONDS old.
        found = comparison_in_view(self._state, unit=NATS)
        QGuiApplication.clipboard().setText(as_markdown(found, all_settings=self._all.isChecked()))

    @Slot(bool)
    def _on_all(self, everything: bool) -> None:
        settings().setValue("comparison/all", everything)
        self._show()

    @Slot(int, int, int, int)
    def _define(self, row: int, column: int, old_row: int, old_column: int) -> None:
        """Show the definition of the selected row."""
        line = self.table.line_at(row)
        self._definition.setText(DEFINITION if line is None else _definition(line, self._state.units.unit))

    @Slot()
    def _on_unit(self) -> None:
        if self.isVisible():
            self._show()
            self._define(self.table.currentRow(), 0, 0, 0)

    @Slot()
    def _apply_theme(self) -> None:
        if self.isVisible():
            self._show()


def _definition(line: ComparisonLine, unit: Unit) -> str:
    if line.kind == "figure":
        return definition_html(BY_NAME[line.name], unit, " ")
    known = f" ({escape(line.unit, quote=False)})" if line.unit else ""
    return f"<b>{escape(line.title, quote=False)}</b>{known}<br>{escape(line.definition, quote=False)}"

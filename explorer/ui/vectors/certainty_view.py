"""The result of the subtraction: which vector it is, its figures, a verdict in one sentence, and keeping it."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.latent.directions.vector_verdict import Verdict, degrees
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.boxes import ChoiceBox
from explorer.ui.widgets.buttons import compact_button
from explorer.ui.widgets.choices import low_boxes
from explorer.ui.widgets.identity import set_identity, set_style_property
from explorer.ui.widgets.labels import FittingLabel, cut_middle

MAX_ROWS = 4
ROW = 22
"""Height of a low list, in pixels at text scale 1."""
MAX_LETTERS = 40
NAMES = {"On the right side": "Right side", "Bootstrap angle": "Angle", "Agreement of pairs": "Agreement"}
TIPS = {
    "Length": "Distance between the mean codes of both groups",
    "On the right side": "Samples on their side of the midpoint, when they are left out in turn; chance is 50 %",
    "Bootstrap angle": "Angle between this vector and those of resampled groups; small if the direction is certain",
    "Agreement of pairs": "Mean cosine between the vector and the differences of pairs; 1 if all pairs agree",
}
"""Shorter names of the figures, and what they mean."""


def kept_rows(figures: Mapping[str, float]) -> tuple[tuple[str, str], ...]:
    """Return names and values of the figures of a kept vector, as `certainty_rows` does for a new one."""
    rows = [("Length", f"{figures['length']:.3g} latent units")] if "length" in figures else []
    if {"right", "tested"} <= figures.keys():
        right, tested = figures["right"], figures["tested"]
        share = f"{right / max(1.0, tested):.0%}".replace("%", " %")
        rows.append(("On the right side", f"{right:,.0f} of {tested:,.0f} = {share}"))
    if {"median_angle", "wide_angle"} <= figures.keys():
        words = f"median {degrees(figures['median_angle'])}, 95 % below {degrees(figures['wide_angle'])}"
        rows.append(("Bootstrap angle", words))
    if "agreement" in figures:
        rows.append(("Agreement of pairs", f"mean cosine {figures['agreement']:.2f}".replace("-", "−")))
    return tuple(rows)


def short_value(value: str) -> str:
    """Return the last number of a figure: "66 %" of "46 of 70 = 66 %", "95 % below 35°", "0.40"."""
    # From the most to the least specific: a figure may contain several of the marks.
    for mark in (" = ", ", ", "cosine "):
        if mark in value:
            return value.rpartition(mark)[2]
    return value.removesuffix(" latent units")


class CertaintyView(QWidget):
    """Shows the vector that is applied.

    Signals
    -------
    vector_chosen : str
        The name of a kept vector, or "" for that of the two groups.
    by_chosen : str
        The column whose values are left out as a whole, or "".
    """

    vector_chosen = Signal(str)
    by_chosen = Signal(str)

    def __init__(self, themes: ThemeSource, menu: QMenu, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "vector_certainty", accessible="The vector and its certainty")
        self._themes = themes
        self.combo = set_identity(ChoiceBox(), "vector_choice", "The vector of the two groups, or a kept one", "Vector")
        self.keep = set_identity(QPushButton("Keep"), "vector_keep", "Keep the vector with the run", "Keep")
        # The only button on this page that changes a file.
        self.keep.setProperty("kind", "primary")
        self.more = set_identity(
            QToolButton(), "vector_menu_button", "Kept vectors: rename, delete, import", "Vector menu"
        )
        self.more.setText("⋯")
        self.more.setMenu(menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._names = [FittingLabel() for _ in range(MAX_ROWS)]
        self._values = [FittingLabel() for _ in range(MAX_ROWS)]
        for number, (name, value) in enumerate(zip(self._names, self._values, strict=True)):
            set_identity(name, f"vector_figure_name_{number}", accessible="Name of a figure").setProperty(
                "role", "muted"
            )
            set_identity(value, f"vector_figure_{number}", accessible="Figure").setProperty("role", "small")
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._by_name = QLabel("Left out")
        self._by_name.setProperty("role", "muted")
        tip = "Leave out and resample single samples, or all of one value of a column"
        self.by = set_identity(ChoiceBox(), "vector_by", tip, "Left out")
        self.verdict = set_identity(QLabel(wordWrap=True), "vector_verdict", accessible="Verdict on the vector")
        self.verdict.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._lay_out()
        self.combo.activated.connect(lambda: self.vector_chosen.emit(self.combo.currentData() or ""))
        self.by.activated.connect(lambda: self.by_chosen.emit(self.by.currentData() or ""))
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    def show_vectors(self, made: str, kept: Sequence[str], chosen: str) -> None:
        """List the vector of the groups and the kept ones; ``chosen`` is the name of a kept one, or ""."""
        self.has_choice = bool(kept)
        self.combo.setVisible(self.has_choice or not self._compact)
        # Filled only if they differ, as filling closes an open list.
        entries = [(made or "Two groups", ""), *((name, name) for name in kept)]
        if [(self.combo.itemData(row, Qt.ItemDataRole.ToolTipRole), self.combo.itemData(row))
                for row in range(self.combo.count())] != entries:  # fmt: skip
            with QSignalBlocker(self.combo):
                self.combo.clear()
                for name, value in entries:
                    self.combo.add(cut_middle(name, MAX_LETTERS), value, name)
                # A name of two long names says little once its middle is gone.
                self.combo.set_short_text("", "Two groups")
        self.combo.setCurrentIndex(max(0, self.combo.findData(chosen)))

    def show_columns(self, columns: Sequence[str], chosen: str) -> None:
        """List the columns that can be left out as a whole; without any, the list is hidden."""
        entries = [("each sample", ""), *((f"each {cut_middle(name, MAX_LETTERS)}", name) for name in columns)]
        if [self.by.itemData(row) for row in range(self.by.count())] != [value for _, value in entries]:
            with QSignalBlocker(self.by):
                self.by.clear()
                for text, value in entries:
                    self.by.addItem(text, value)
        self.by.setCurrentIndex(max(0, self.by.findData(chosen)))
        self._has_columns = bool(columns)
        self._show_by()

    def show_figures(self, rows: Sequence[tuple[str, str]]) -> None:
        """Show names and values of figures."""
        for number, (name, value) in enumerate(zip(self._names, self._values, strict=True)):
            words, figure = rows[number] if number < len(rows) else ("", "")
            name.set_forms(words, NAMES.get(words, words))
            value.set_forms(figure, short_value(figure))
            for label in (name, value):
                label.setToolTip(f"{figure}. {TIPS.get(words, '')}".strip() if words else "")

    def show_words(self, text: str, notes: str = "", *, weak: bool | None = None) -> None:
        """Show a verdict, amber if the vector is weak; ``notes`` are in its tooltip."""
        self.verdict.setText(text)
        self.verdict.setToolTip(notes or text)
        set_style_property(self.verdict, "role", "muted" if weak is None else "warning" if weak else "good")

    def show_verdict(self, verdict: Verdict) -> None:
        """Show the verdict; its notes are in the tooltip, and the first one below it if there is room."""
        notes = " ".join((verdict.text, *verdict.notes))
        self.show_words(" ".join((verdict.text, *verdict.notes[: int(self._roomy)])), notes, weak=verdict.weak)

    def set_compact(self, compact: bool, *, roomy: bool = False) -> None:
        """Show only which vector it is, or its figures, too; ``roomy`` leaves room for a note below the verdict."""
        self._compact, self._roomy = compact, roomy
        self._apply_theme()
        self._figures.setVisible(not compact)
        self.combo.setVisible(self.has_choice or not compact)
        # The menu has it, too.
        self.keep.setVisible(not compact)
        self._show_by()

    def _show_by(self) -> None:
        shown = self._has_columns and not self._compact
        self.by.setVisible(shown)
        self._by_name.setVisible(shown)

    def _lay_out(self) -> None:
        self._compact = self._roomy = self._has_columns = self.has_choice = False
        self._head = QHBoxLayout()
        self._head.addWidget(self.combo, 1)
        self._head.addWidget(self.keep)
        self._head.addWidget(self.more)
        self._figures = QWidget()
        column = QVBoxLayout(self._figures)
        column.setContentsMargins(0, 0, 0, 0)
        self._grid = QGridLayout()
        # Values are longer than their names: "median 15°, 95 % below 29°".
        self._grid.setColumnStretch(0, 9)
        self._grid.setColumnStretch(1, 16)
        for number, (name, value) in enumerate(zip(self._names, self._values, strict=True)):
            self._grid.addWidget(name, number, 0)
            self._grid.addWidget(value, number, 1)
        self._grid.addWidget(self._by_name, MAX_ROWS, 0)
        self._grid.addWidget(self.by, MAX_ROWS, 1)
        column.addLayout(self._grid)
        column.addWidget(self.verdict)
        column.addStretch(1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(self._head)
        self._column.addWidget(self._figures, 1)

    def minimumSizeHint(self) -> QSize:
        """Return the size of the lists and buttons in one row."""
        least = super().minimumSizeHint()
        # With the menu alone, all the rest of the row is for the groups.
        alone = self._compact and not self.has_choice
        return least if alone else QSize(15 * self.fontMetrics().height(), least.height())

    @Slot()
    def _apply_theme(self) -> None:
        scale, line = self._themes.scale, self.fontMetrics().height()
        # A fixed height: verdicts of different lengths would move the plots beside them.
        self.verdict.setFixedHeight(round((3.9 if self._roomy else 2.4) * line))
        self.by.setStyleSheet(low_boxes(ROW * scale))
        self.by.setFixedHeight(round(ROW * scale))
        self._head.setSpacing(round(6 * scale))
        self._column.setSpacing(round(4 * scale))
        self._grid.setVerticalSpacing(round(1 * scale))
        self._grid.setHorizontalSpacing(round(8 * scale))
        self._figures.layout().setSpacing(round(2 * scale))  # type: ignore[union-attr]
        self.more.setStyleSheet(compact_button(self._themes) + "QToolButton::menu-indicator { image: none; width: 0; }")

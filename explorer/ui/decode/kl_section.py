"""KL per dimension of the active run, with its head and its choices."""

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget

from explorer.jobs.open_run import OpenRun
from explorer.ui.decode.buttons import compact_button, side_by_side
from explorer.ui.decode.kl_bars import FEW, KlBars
from explorer.ui.decode.words import kl_absence
from explorer.ui.eliding_label import ElidingLabel
from explorer.ui.flow import FlowLayout
from explorer.ui.named import named
from explorer.ui.theme import ThemeSource
from explorer.ui.workbench import Workbench

USED_NATS = 0.01
"""A dimension that carries less says nothing of the sample."""


class KlSection(QWidget):
    """Shows the newest KL of each latent dimension, or why it is not defined."""

    def __init__(self, bench: Workbench, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench, self._themes = bench, themes
        self._head = ElidingLabel()
        self._head.setProperty("role", "head")
        self._sort = _toggle("kl_sort", "Sort", "Show the largest KL first")
        self._all = _toggle("kl_all", "All", "Show every latent dimension")
        self.bars = KlBars(themes)
        self._words = named(QLabel(), "kl_words", accessible="About the KL per dimension")
        self._words.setProperty("role", "muted")
        self._words.setWordWrap(True)
        self._sort.toggled.connect(self.bars.set_sorted)
        self._all.toggled.connect(self.bars.set_all)
        row = FlowLayout(stretch=True)
        row.addWidget(self._head)
        row.addWidget(side_by_side(self._all, self._sort))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.bars)
        column.addWidget(self._words)

        themes.changed.connect(self._redress)
        self._redress()

    @Slot()
    def _redress(self) -> None:
        for button in (self._sort, self._all):
            button.setStyleSheet(compact_button(self._themes))

    def show_run(self, run: OpenRun | None) -> None:
        """Show a run's figures; nothing without a run."""
        self.setVisible(run is not None)
        if run is None:
            return
        self._head.setText(f"KL PER DIMENSION · {run.name}")
        split = "validation"
        values = run.history.kl_per_dimension(split)
        if values is None:
            split = "train"
            values = run.history.kl_per_dimension(split)
        many = values is not None and len(values) > 1
        self.bars.setVisible(values is not None)
        self._sort.setVisible(many)
        self._all.setVisible(values is not None and len(values) > FEW)
        if values is None:
            self._words.setText(kl_absence(run))
            return
        self._all.setText(f"All {len(values)}")
        self.bars.set_values(values)
        used = int(np.sum(values > USED_NATS))
        self._words.setText(
            f"nats, {split} mean; {used} of {len(values)} {'carries' if used == 1 else 'carry'} more than {USED_NATS}"
        )


def _toggle(name: str, text: str, tip: str) -> QToolButton:
    button = named(QToolButton(), name, tip)
    button.setText(text)
    button.setCheckable(True)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    return button

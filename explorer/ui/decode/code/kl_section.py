"""KL per dimension of the active run, with its head and its choices, and how many units are active."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget

from explorer.jobs.diagnosis.posterior_collapse import UNUSED_KL
from explorer.jobs.runs.open_run import OpenRun
from explorer.session import Pane, View
from explorer.ui.decode.captions import kl_absence
from explorer.ui.decode.code.kl_bars import FEW, KlBars
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.buttons import compact_button, side_by_side
from explorer.ui.widgets.eliding_label import ElidingLabel
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.settings import settings

SORTED, ALL = "kl/sorted", "kl/all"
ACTIVE = (
    "A dimension is active if its posterior mean has a variance above 0.01 over the samples "
    "(Burda et al. 2016, arXiv 1509.00519). Counted live over the samples of the plane; the "
    "figures count over the test split."
)


class KlSection(QWidget):
    """Shows the newest KL of each latent dimension, or why it is not defined."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._diagnoses, self._session, self._store = state.diagnoses, state.session, state.store
        self._key = ""
        self._head = ElidingLabel()
        self._head.setProperty("role", "head")
        self._sort = _toggle("kl_sort", "Sort", "Show the largest KL first")
        self._all = _toggle("kl_all", "All", "Show every latent dimension")
        self.bars = KlBars(themes)
        self._words = _muted("kl_words", "About the KL per dimension")
        self._active = _muted("kl_active_units", "Active units")
        self._active.setToolTip(ACTIVE)
        self._lay_out()
        self._sort.toggled.connect(self._on_sort)
        self._all.toggled.connect(self._on_all)
        self._sort.setChecked(bool(settings().value(SORTED, True, bool)))
        self._all.setChecked(bool(settings().value(ALL, False, bool)))
        self.bars.picked.connect(self._on_picked)
        state.diagnoses.changed.connect(self._show_active)
        state.session.listen(self.show_view)
        themes.changed.connect(self._redress)
        self._redress()

    def _lay_out(self) -> None:
        row = FlowLayout(stretch=True)
        row.addWidget(self._head)
        row.addWidget(side_by_side(self._all, self._sort))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.bars)
        column.addWidget(self._words)
        column.addWidget(self._active)

    @Slot()
    def _redress(self) -> None:
        for button in (self._sort, self._all):
            button.setStyleSheet(compact_button(self._themes))

    def show_view(self, old: View, new: View) -> None:
        """Mark the dimensions that the plane shows."""
        if (old.panes, old.active) != (new.panes, new.active):
            self._show_axes()

    def show_run(self, run: OpenRun | None) -> None:
        """Show a run's figures; nothing without a run."""
        self.setVisible(run is not None)
        self._key = "" if run is None else run.key
        if run is None:
            return
        self._head.setText(f"KL PER DIMENSION · {run.name}")
        self._show_active(run.key)
        split, history = "validation", run.shown_history
        values = history.kl_per_dimension(split)
        if values is None:
            split = "train"
            values = history.kl_per_dimension(split)
        many = values is not None and len(values) > 1
        self.bars.setVisible(values is not None)
        self._sort.setVisible(many)
        self._all.setVisible(values is not None and len(values) > FEW)
        if values is None:
            self._words.setText(kl_absence(run))
            return
        self._all.setText(f"All {len(values)}")
        self.bars.set_values(values)
        self._show_axes()
        used = int(np.sum(values > UNUSED_KL))
        when = "" if run.shown_epoch is None else f" at epoch {run.shown_epoch:.3g}"
        carry = "carries" if used == 1 else "carry"
        self._words.setText(f"nats, {split} mean{when}; {used} of {len(values)} {carry} more than {UNUSED_KL}")

    @Slot(str)
    def _show_active(self, key: str) -> None:
        if key != self._key:
            return
        count = self._diagnoses.of(key).active_units
        self._active.setVisible(count is not None)
        if count is not None:
            units = "1 active unit" if count == 1 else f"{count} active units"
            self._active.setText(f"{units}: variance of the means above 0.01")

    # The plane's axes

    def _pane(self) -> Pane | None:
        view = self._session.view
        pane = view.panes[view.active] if view.active < len(view.panes) else None
        return pane if pane is not None and pane.run == self._key else None

    def _show_axes(self) -> None:
        pane, run = self._pane(), self._store.runs.get(self._key)
        can_choose = pane is not None and run is not None and run.latent_dim > 2
        self.bars.set_axes((pane.axes or ()) if can_choose and pane is not None else None)

    @Slot(int)
    def _on_picked(self, dimension: int) -> None:
        """Show a dimension across, and what was across up: two clicks choose both."""
        pane, view = self._pane(), self._session.view
        if pane is None:
            return
        before = pane.axes or ((1, 0) if dimension == 0 else (0, 1))
        if dimension == before[0]:
            return
        changed = replace(pane, axes=(dimension, before[0]))
        self._session.set(panes=(*view.panes[: view.active], changed, *view.panes[view.active + 1 :]))

    @Slot(bool)
    def _on_sort(self, by_size: bool) -> None:
        self.bars.set_sorted(by_size)
        settings().setValue(SORTED, by_size)

    @Slot(bool)
    def _on_all(self, everything: bool) -> None:
        self.bars.set_all(everything)
        settings().setValue(ALL, everything)


def _toggle(name: str, text: str, tip: str) -> QToolButton:
    button = set_identity(QToolButton(), name, tip)
    button.setText(text)
    button.setCheckable(True)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    return button


def _muted(name: str, accessible: str) -> QLabel:
    label = set_identity(QLabel(wordWrap=True), name, accessible=accessible)
    label.setProperty("role", "muted")
    return label

"""The selected samples and their reconstructions by every model in view, side by side or saved as a table.

1. The selection changes: answers about other samples are dropped, and each fitting run is asked again.
2. `LiveQuestions` asks again at newer weights.
3. Each answer becomes a row; the real samples of the first answer are the first row.
4. A click on a column moves the probe to its sample.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QContextMenuEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QScrollArea, QVBoxLayout, QWidget
from superqt import QElidingLabel

from explorer.export.tables import save_selection
from explorer.jobs.queries.decode_questions import Reconstructions, ReconstructSamples
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.jobs.workers.inference import Answer
from explorer.runs.latents import Latents
from explorer.session import View
from explorer.ui.curves.legend import brief_names, run_names
from explorer.ui.selection.selection_table import SelectionTable, TableRow
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestions
from explorer.ui.state.panes import shown_runs
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.flow import pad_panel
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.saving import ask_path

MAX_NAME = 20
"""Maximum number of characters of a row's name, beyond which names lose their common beginning."""
NO_CODES = "The selection cannot be saved yet: no open run has codes of these samples"


def ask_to_save_selection(parent: QWidget, state: AppState) -> None:
    """Ask for a file and save the selected samples; show a message if no run has their codes."""
    if not codes_in_view(state):
        state.messages.notify(NO_CODES)
        return
    path = ask_path(parent, "Save selection", "selection.csv", {"csv": "CSV table"})
    if path is not None:
        save_selection_in_view(state, path)


def save_selection_in_view(state: AppState, path: Path) -> None:
    """Save the selected samples to ``path`` as CSV in the background; an error is shown."""
    view = state.session.view
    codes, active = codes_in_view(state), state.store.runs.get(view.active_run or "")
    if active is None or not codes:
        state.messages.notify(NO_CODES)
        return
    # Copied now: the selection may change while the task waits.
    selection, about = np.array(view.selection, np.int64), active.description
    state.tasks.save(path, lambda _: save_selection(path, selection, codes, about.class_names, about.sample_names))


def codes_in_view(state: AppState) -> dict[str, Latents]:
    """Return the codes of the runs in view on the active run's data, by run name, the active run's first.

    Selections are sample indices, which mean the same samples only in runs on the same data.
    """
    view = state.session.view
    active = state.store.runs.get(view.active_run or "")
    if active is None:
        return {}
    keys = dict.fromkeys((active.key, *(pane.run for pane in view.panes)))
    shown = [state.store.runs[key] for key in keys if key in state.store.runs]
    same = [run for run in shown if run.description.fingerprint == active.description.fingerprint]
    # Two runs in different folders may share a name; then the keys (paths) are used.
    names = Counter(run.name for run in same)
    return {
        run.name if names[run.name] == 1 else run.key: _latents(run.plane)
        for run in same
        # Drawn planes show draws from the prior, which are no codes of samples.
        if run.plane is not None and not run.plane.drawn
    }


def _latents(plane: PlaneCodes) -> Latents:
    split = np.full(len(plane.index), "") if plane.split is None else plane.split
    return Latents(plane.step, plane.mean, plane.log_variance, plane.index, split, plane.labels, columns=plane.columns)


SHOWN = 24
"""Maximum number of samples shown."""


class SelectionStrip(QFrame):
    """A row of real samples and a row of reconstructions for each run; a click probes a sample."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._state, self._session, self._store = state, state.session, state.store
        self._probing = state.probing
        self._questions = LiveQuestions(state.asker, self._on_answer, self._question_of, parent=self)
        self._answers: dict[str, Reconstructions] = {}
        self.setProperty("panel", "true")
        set_identity(self, "selection_view", accessible="Selected samples")
        self._build()
        self._connect()
        self._apply_theme()
        self._ask_all()
        self._draw()

    @property
    def shown(self) -> tuple[int, ...]:
        """The indices of the samples shown."""
        return self._session.view.selection[:SHOWN]

    def show_view(self, old: View, new: View) -> None:
        """Ask for reconstructions if the selection or the panes have changed."""
        if (old.selection, old.panes) != (new.selection, new.panes):
            self._ask_all()
        # The active pane and the probe change the frame and the labels, but no reconstruction.
        if (old.selection, old.panes, old.active, old.probe) != (new.selection, new.panes, new.active, new.probe):
            self._draw()

    @Slot()
    def save_csv(self) -> None:
        """Ask for a file, then save the selected samples with labels, columns and every run's z."""
        ask_to_save_selection(self, self._state)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu of the selection."""
        self.menu.popup(event.globalPos())

    # Questions

    def _pane_runs(self) -> list[str]:
        return [run.key for run in shown_runs(self._session.view, self._store.runs)]

    def _fitting_runs(self) -> list[str]:
        """Return the keys of the runs in view with an encoder and the active run's data; the active one first."""
        active = self._session.view.active_run
        runs = self._store.runs
        if active is None or active not in runs:
            return []
        wanted = runs[active].description.fingerprint
        fitting = [key for key in self._pane_runs() if runs[key].description.fingerprint == wanted]
        return [key for key in fitting if runs[key].capabilities.encoder]

    def _ask_all(self) -> None:
        keys = self._fitting_runs()
        # Pictures of other samples must not be shown below the labels of these.
        self._answers = {
            key: answer for key, answer in self._answers.items() if key in keys and answer.samples == self.shown
        }
        self._questions.drop()
        for key in keys:
            self._ask(key)

    def _ask(self, key: str) -> None:
        if (question := self._question_of(key)) is not None:
            self._questions.ask(question)

    def _question_of(self, key: str) -> ReconstructSamples | None:
        if not self.shown or key not in self._fitting_runs() or self._store.runs[key].dataset is None:
            return None
        return ReconstructSamples(key, self.shown)

    def _on_answer(self, answer: Answer) -> None:
        if isinstance(answer.value, Reconstructions):
            self._answers[answer.question.run] = answer.value
            self._draw()

    @Slot(str)
    def _on_run_changed(self, key: str) -> None:
        """Ask a run whose data has only now been loaded."""
        if key in self._fitting_runs() and key not in self._answers:
            self._ask(key)
            self._draw()

    @Slot(int)
    def _on_picked(self, sample: int) -> None:
        key = self._session.view.active_run
        if key is not None:
            self._probing.probe_sample(key, sample)

    # Drawing

    @Slot()
    def _draw(self) -> None:
        view = self._session.view
        count = len(view.selection)
        self._head.setText(f"{count:,} selected" if count else "Selection")
        self._note.setText(self._note_words(count))
        self._save.setEnabled(count > 0)
        words = self._problem_words()
        self._text.setText(words)
        self._text.setVisible(bool(words))
        rows = tuple(self._rows()) if not words else ()
        self._scroll.setVisible(bool(rows))
        active = self._store.runs.get(view.active_run or "")
        first = self._first_answer()
        if rows and active is not None and first is not None:
            # The samples of the answer, not of the selection: samples that the data lacks are left out of it.
            labels = tuple(self._label(sample) for sample in first.samples)
            probed = view.probe.sample if view.probe is not None else None
            self._fit()
            self.table.show_rows(first.samples, labels, rows, active.description, probed)

    def _note_words(self, count: int) -> str:
        """Return how many samples are shown, and which runs cannot reconstruct them."""
        keys = dict.fromkeys(self._pane_runs()) if count else ()
        without = [self._store.runs[key].name for key in keys if not self._store.runs[key].capabilities.encoder]
        words = [f"the first {SHOWN} are shown"] if count > SHOWN else []
        if any(self._store.runs[key].description.of_words for key in keys):
            words.append("the squared error is not defined for words")
        return "; ".join([*words, *(f"{name} has no encoder" for name in without)])

    def _first_answer(self) -> Reconstructions | None:
        """Return an answer whose samples are shown."""
        return next((self._answers[key] for key in self._fitting_runs() if key in self._answers), None)

    def _rows(self) -> list[TableRow]:
        keys, first = self._fitting_runs(), self._first_answer()
        if first is None:
            return []
        real = TableRow("real", first.x)
        rows = [real]
        names = dict(zip(keys, _row_names([self._store.runs[key] for key in keys]), strict=True))
        for key in keys:
            if (answer := self._answers.get(key)) is not None and answer.samples == first.samples:
                run = self._store.runs[key]
                if run.description.of_words:
                    rows.append(TableRow(names[key], answer.pictures))
                    continue
                # Squared error in model values: units of different data could not be compared.
                difference = run.description.transform.apply(answer.x) - run.description.transform.apply(
                    answer.pictures
                )
                axes = tuple(range(1, difference.ndim))
                squared_errors = np.square(difference.astype(np.float64)).sum(axis=axes)  # (n,)
                rows.append(TableRow(names[key], answer.pictures, tuple(map(float, squared_errors))))
        return rows

    def _label(self, sample: int) -> str:
        run = self._store.runs.get(self._session.view.active_run or "")
        if run is not None and run.description.sample_names:
            return run.description.sample_title(sample)
        if run is None or run.dataset is None or run.dataset.labels is None:
            return f"#{sample}"
        return run.description.class_name(int(run.dataset.labels[sample])) or f"#{sample}"

    def _problem_words(self) -> str:
        view = self._session.view
        active = self._store.runs.get(view.active_run or "")
        if not view.selection:
            return "Shift+drag a box on a plane to see the samples in it and their reconstructions here."
        if active is None:
            return "Open a run to see the selected samples."
        if active.dataset is None:
            why = active.missing_data or "the data is loading"
            return f"The selected samples are not shown: {why}"
        if not self._fitting_runs():
            alone = len(self._session.view.panes) == 1
            who = f"{active.name} has no" if alone else f"neither {active.name} nor another run in view has an"
            return f"The selected samples are not shown: {who} encoder."
        first = self._first_answer()
        if first is not None and not first.samples:
            return "The selected samples belong to other data than this run."
        return ""

    # Construction and appearance

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the pictures to the new size."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        # The scroll bar's height is always left free; otherwise its appearance would resize the pictures.
        bar = self._scroll.horizontalScrollBar().sizeHint().height()
        margins = self._column.contentsMargins()
        head = self._head.sizeHint().height() + self._column.spacing()
        self.table.set_room(self.height() - head - margins.top() - margins.bottom() - bar - 4)

    def _build(self) -> None:
        self._head = QElidingLabel()
        self._head.setProperty("role", "head")
        self._note = set_identity(QLabel(), "selection_note", accessible="What is left out")
        self._note.setProperty("role", "muted")
        self._text = set_identity(QLabel(), "selection_words", accessible="About the selection")
        self._text.setProperty("role", "muted")
        self._text.setWordWrap(True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.table = SelectionTable(self._themes)
        self._scroll = set_identity(QScrollArea(), "selection_scroll", accessible="Selected samples")
        self._scroll.setWidgetResizable(True)
        # The tab key must stop at the table, not at the area around it.
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self.table)
        self.menu = set_identity(QMenu(self), "selection_menu", accessible="Selection")
        self._save = self.menu.addAction("Save selection as CSV…")
        self._save.setObjectName("action_strip_save_csv")
        row = QHBoxLayout()
        row.addWidget(self._head, 1)
        row.addWidget(self._note)
        self._column = QVBoxLayout(self)
        self._column.addLayout(row)
        self._column.addWidget(self._text, 1)
        self._column.addWidget(self._scroll, 1)

    def _connect(self) -> None:
        self._save.triggered.connect(self.save_csv)
        self.table.picked.connect(self._on_picked)
        self._themes.changed.connect(self._apply_theme)
        self._store.details_changed.connect(self._on_run_changed)
        self._store.opened.connect(self._on_run_changed)
        self._session.listen(self.show_view)

    @Slot()
    def _apply_theme(self) -> None:
        pad_panel(self._column, self._themes.scale)
        self._fit()


def _row_names(runs: Sequence[OpenRun]) -> tuple[str, ...]:
    """Return the rows' names: in an experiment those of its members; long ones without their common beginning."""
    names = run_names(runs)
    return brief_names(runs) if len(runs) > 1 and max(map(len, names)) > MAX_NAME else names

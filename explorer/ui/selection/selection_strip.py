"""The selected samples: what is real, and what every model in view makes of it, side by side."""

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QContextMenuEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QScrollArea, QVBoxLayout, QWidget
from superqt import QElidingLabel

from explorer.jobs.queries.decode_questions import Reconstructions, ReconstructSamples
from explorer.jobs.workers.inference import Answer
from explorer.session import View
from explorer.ui.selection.selection_file import ask_to_save_selection
from explorer.ui.selection.selection_table import SelectionTable, TableRow
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestions
from explorer.ui.state.panes import shown_runs
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

SHOWN = 24
"""How many of the selected samples are shown."""


class SelectionStrip(QFrame):
    """A row of real samples and one row of reconstructions for each pane; a click on a sample probes it."""

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
        self._redress()
        self._ask_all()
        self._draw()

    @property
    def shown(self) -> tuple[int, ...]:
        """The samples that are shown."""
        return self._session.view.selection[:SHOWN]

    def show_view(self, old: View, new: View) -> None:
        """Ask for the reconstructions of another selection, or by other panes' models."""
        if (old.selection, old.panes) != (new.selection, new.panes):
            self._ask_all()
        if (old.selection, old.panes, old.active, old.probe) != (new.selection, new.panes, new.active, new.probe):
            self._draw()

    @Slot()
    def save_csv(self) -> None:
        """Ask where, then write the selected samples with labels, columns and every pane's z."""
        ask_to_save_selection(self, self._state)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the selection."""
        self.menu.popup(event.globalPos())

    # Asking

    def _pane_runs(self) -> list[str]:
        return [run.key for run in shown_runs(self._session.view, self._store.runs)]

    def _fitting_runs(self) -> list[str]:
        """Return the panes' runs on the active run's data, whose samples the selection means; the active one first."""
        active = self._session.view.active_run
        runs = self._store.runs
        if active is None or active not in runs:
            return []
        wanted = runs[active].description.fingerprint
        fitting = [key for key in self._pane_runs() if runs[key].description.fingerprint == wanted]
        return [key for key in fitting if runs[key].capabilities.encoder]

    def _ask_all(self) -> None:
        keys = self._fitting_runs()
        # Pictures of other samples must never stand under the labels of these.
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
        """Ask where the data has come only now."""
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
        self._head.setText(f"SELECTED: {count:,} {'SAMPLE' if count == 1 else 'SAMPLES'}" if count else "SELECTION")
        self._note.setText(self._note_words(count))
        self._save.setEnabled(count > 0)
        words = self._problem_words()
        self._words.setText(words)
        self._words.setVisible(bool(words))
        rows = tuple(self._rows()) if not words else ()
        self._scroll.setVisible(bool(rows))
        active = self._store.runs.get(view.active_run or "")
        first = self._first_answer()
        if rows and active is not None and first is not None:
            labels = tuple(self._label(sample) for sample in first.samples)
            probed = view.probe.sample if view.probe is not None else None
            self._fit()
            self.table.show_rows(first.samples, labels, rows, active.description, probed)

    def _note_words(self, count: int) -> str:
        """Say how many are shown, and which runs can make nothing of them."""
        keys = dict.fromkeys(self._pane_runs()) if count else ()
        without = [self._store.runs[key].name for key in keys if not self._store.runs[key].capabilities.encoder]
        words = [f"the first {SHOWN} are shown"] if count > SHOWN else []
        if any(self._store.runs[key].description.of_words for key in keys):
            words.append("mse is not defined for words")
        return "; ".join([*words, *(f"{name} has no encoder" for name in without)])

    def _first_answer(self) -> Reconstructions | None:
        """Return the answer whose samples are shown: those selected that the data has."""
        return next((self._answers[key] for key in self._fitting_runs() if key in self._answers), None)

    def _rows(self) -> list[TableRow]:
        keys, first = self._fitting_runs(), self._first_answer()
        if first is None:
            return []
        real = TableRow("real", first.x)
        rows = [real]
        for key in keys:
            if (answer := self._answers.get(key)) is not None and answer.samples == first.samples:
                run = self._store.runs[key]
                if run.description.of_words:
                    rows.append(TableRow(run.name, answer.pictures))
                    continue
                difference = run.description.transform.apply(answer.x) - run.description.transform.apply(
                    answer.pictures
                )
                mse = np.square(difference.astype(np.float64)).sum(axis=tuple(range(1, difference.ndim)))
                rows.append(TableRow(run.name, answer.pictures, tuple(map(float, mse))))
        return rows

    def _label(self, sample: int) -> str:
        run = self._store.runs.get(self._session.view.active_run or "")
        if run is not None and run.description.sample_names:
            return run.description.sample_title(sample)
        if run is None or run.dataset is None or run.dataset.labels is None:
            return f"#{sample}"
        label = int(run.dataset.labels[sample])
        return run.description.class_names[label] if 0 <= label < len(run.description.class_names) else f"#{sample}"

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

    # Parts and looks

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the pictures take the room there is."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        bar = self._scroll.horizontalScrollBar().sizeHint().height()
        margins = self._column.contentsMargins()
        head = self._head.sizeHint().height() + self._column.spacing()
        self.table.set_room(self.height() - head - margins.top() - margins.bottom() - bar - 4)

    def _build(self) -> None:
        self._head = QElidingLabel()
        self._head.setProperty("role", "head")
        self._note = set_identity(QLabel(), "selection_note", accessible="What is left out")
        self._note.setProperty("role", "muted")
        self._words = set_identity(QLabel(), "selection_words", accessible="About the selection")
        self._words.setProperty("role", "muted")
        self._words.setWordWrap(True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.table = SelectionTable(self._themes)
        self._scroll = set_identity(QScrollArea(), "selection_scroll", accessible="Selected samples")
        self._scroll.setWidgetResizable(True)
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
        self._column.addWidget(self._words, 1)
        self._column.addWidget(self._scroll, 1)

    def _connect(self) -> None:
        self._save.triggered.connect(self.save_csv)
        self.table.picked.connect(self._on_picked)
        self._themes.changed.connect(self._redress)
        self._store.details_changed.connect(self._on_run_changed)
        self._store.opened.connect(self._on_run_changed)
        self._session.listen(self.show_view)

    @Slot()
    def _redress(self) -> None:
        margin = round(10 * self._themes.scale)
        self._column.setContentsMargins(margin, round(0.7 * margin), round(0.6 * margin), round(0.5 * margin))
        self._column.setSpacing(round(0.4 * margin))
        self._fit()

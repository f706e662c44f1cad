"""The selected samples and their reconstructions by every model in view, side by side, page by page.

1. The selection or the page changes: answers about other samples are dropped, and each fitting run is asked again.
2. `LiveQuestions` asks again at newer weights; a hidden table asks nothing.
3. Each answer becomes a row; the real samples of the first answer are the first row.
4. A click on a sample moves the probe there.
"""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from explorer.jobs.queries.decode_questions import Reconstructions, ReconstructSamples
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.session import View
from explorer.ui.curves.legend import brief_names, run_names
from explorer.ui.selection.sample_pager import SamplePager
from explorer.ui.selection.selection_table import SelectionTable, TableRow
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestions
from explorer.ui.state.panes import shown_runs
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import FittingLabel

MAX_NAME = 20
"""Maximum number of characters of a row's name, beyond which names lose their common beginning."""
NOTHING_SELECTED = (
    "Draw a box or a lasso with Shift on a plane, or search above: the selected samples and their reconstructions are "
    "shown here."
)


class SelectionSamples(QWidget):
    """A table of real samples and a row of reconstructions for each run; a click probes a sample.

    ``pager`` is for the layout of the panel.

    Signals
    -------
    menu_wanted : int, QPoint
        A menu for a sample, or -1, at a point of the screen.
    """

    menu_wanted = Signal(int, QPoint)

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._store, self._probing = state.session, state.store, state.probing
        self._questions = LiveQuestions(state.asker, self._on_answer, self._question_of, parent=self)
        self._answers: dict[str, Reconstructions] = {}
        self._capacity = 1  # samples on a page
        self.table, self.pager = SelectionTable(themes), SamplePager(themes)
        self._column, self._scroll = QVBoxLayout(self), QScrollArea()
        self._text, self._note = QLabel(), FittingLabel()
        self._build()
        self.table.picked.connect(self._on_picked)
        self.table.page_wanted.connect(self._on_page_wanted)
        self.table.menu_wanted.connect(self.menu_wanted)
        self.pager.changed.connect(self._on_page)
        themes.changed.connect(self._refresh)
        state.store.details_changed.connect(self._on_run_changed)
        state.store.opened.connect(self._on_run_changed)
        state.session.listen(self.show_view)
        self._refresh()

    @property
    def shown(self) -> tuple[int, ...]:
        """The indices of the samples on this page."""
        first = self.pager.first
        return self._session.view.selection[first : first + self._capacity]

    def show_view(self, old: View, new: View) -> None:
        """Ask for reconstructions if the selection or the panes have changed."""
        # If a click adds or removes one sample, keep the page.
        if old.selection != new.selection and abs(len(old.selection) - len(new.selection)) != 1:
            self.pager.begin()
        # The active pane and the probe change the frame and the labels, but no reconstruction.
        if (old.selection, old.panes, old.active, old.probe) != (new.selection, new.panes, new.active, new.probe):
            self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for what has changed while the table was hidden."""
        super().showEvent(event)
        self._refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask for nothing."""
        super().hideEvent(event)
        self._questions.drop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the pictures to the new size, which may change the number of samples on the page."""
        super().resizeEvent(event)
        self._refresh()

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
        """Ask each run about the page, unless it was asked already."""
        keys, shown = self._fitting_runs(), self.shown
        # Pictures of other samples must not be shown below the labels of these.
        self._answers = {
            key: answer for key, answer in self._answers.items() if key in keys and self._asked_for(key) == shown
        }
        for key in keys:
            if self._asked_for(key) != shown:
                self._questions.drop(key)
                self._ask(key)

    def _asked_for(self, key: str) -> tuple[int, ...]:
        asked = self._questions.asked(key)
        return asked.samples if isinstance(asked, ReconstructSamples) else ()

    def _ask(self, key: str) -> None:
        if (question := self._question_of(key)) is not None:
            self._questions.ask(question)

    def _question_of(self, key: str) -> ReconstructSamples | None:
        if not self.shown or not self.isVisible() or key not in self._fitting_runs():
            return None
        return None if self._store.runs[key].dataset is None else ReconstructSamples(key, self.shown)

    def _on_answer(self, answer: Answer) -> None:
        if isinstance(answer.value, Reconstructions):
            self._answers[answer.question.run] = answer.value
            self._draw()

    @Slot(str)
    def _on_run_changed(self, key: str) -> None:
        """Ask a run whose data has only now been loaded."""
        if key in self._fitting_runs() and key not in self._answers:
            self._refresh()

    @Slot(int)
    def _on_picked(self, sample: int) -> None:
        key = self._session.view.active_run
        if key is not None:
            self._probing.probe_sample(key, sample)

    @Slot(int)
    def _on_page_wanted(self, step: int) -> None:
        self.pager.move_to(self.pager.page + step)

    @Slot()
    def _on_page(self) -> None:
        self._ask_all()
        self._draw()

    # Drawing

    @Slot()
    def _refresh(self) -> None:
        """Find the samples that fit, ask about them, and draw the answers known so far."""
        notes = self._notes() if self._session.view.selection else ()
        self._note.set_forms("; ".join(notes), *notes[:1])
        self._note.setVisible(bool(notes))
        self._fit()
        self._ask_all()
        self._draw()

    def _draw(self) -> None:
        view = self._session.view
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
            self.table.show_rows(first.samples, labels, rows, active.description, probed)

    def _fit(self) -> None:
        """Fit the pictures to the room, and compute the number of samples on a page."""
        keys, count = self._fitting_runs(), len(self._session.view.selection)
        runs = [self._store.runs[key] for key in keys]
        names = ("real", *_row_names(runs)) if runs else ("real",)
        errors = (False, *(not run.description.of_words for run in runs))
        note = 0 if self._note.isHidden() else self._note.sizeHint().height() + self._column.spacing()
        room = QSize(self.width(), self.height() - note)
        bar = self._scroll.verticalScrollBar().sizeHint().width()
        self._capacity = self.table.arrange(room, names, errors, count, bar)
        self.pager.set_range(count, self._capacity)

    def _notes(self) -> tuple[str, ...]:
        """Return notes on runs that cannot reconstruct the samples and on errors that are not defined."""
        runs = [self._store.runs[key] for key in dict.fromkeys(self._pane_runs())]
        notes = [f"{run.name} has no encoder" for run in runs if not run.capabilities.encoder]
        notes += [f"{run.name} has no decoder" for run in runs if not run.capabilities.decoder]
        if any(run.description.of_words for run in runs):
            notes.insert(0, "the squared error is not defined for words")
        return tuple(notes)

    def _first_answer(self) -> Reconstructions | None:
        """Return an answer whose samples are shown."""
        return next((self._answers[key] for key in self._fitting_runs() if key in self._answers), None)

    def _rows(self) -> list[TableRow]:
        keys, first = self._fitting_runs(), self._first_answer()
        if first is None:
            return []
        rows = [TableRow("real", first.x)]
        names = dict(zip(keys, _row_names([self._store.runs[key] for key in keys]), strict=True))
        for key in keys:
            if (answer := self._answers.get(key)) is not None and answer.samples == first.samples:
                run = self._store.runs[key]
                if answer.pictures is None:
                    continue
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
            return NOTHING_SELECTED
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

    def _build(self) -> None:
        set_identity(self._text, "selection_words", accessible="About the selection")
        self._text.setProperty("role", "muted")
        self._text.setWordWrap(True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignTop)
        set_identity(self._scroll, "selection_scroll", accessible="Selected samples")
        self._scroll.setWidgetResizable(True)
        # The tab key must stop at the table, not at the area around it.
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self.table)
        set_identity(self._note, "selection_note", accessible="Pictures that are not shown")
        self._note.setProperty("role", "muted")
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._column.addWidget(self._text, 1)
        self._column.addWidget(self._scroll, 1)
        self._column.addWidget(self._note)


def _row_names(runs: Sequence[OpenRun]) -> tuple[str, ...]:
    """Return the rows' names: in an experiment those of its members; long ones without their common beginning."""
    names = run_names(runs)
    return brief_names(runs) if len(runs) > 1 and max(map(len, names)) > MAX_NAME else names

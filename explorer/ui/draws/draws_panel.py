"""Draws: decodes of random codes of every run in view, side by side, each with the nearest real sample below it.

1. `DrawSeed` holds the seed of the draws, which the tab and the window share.
2. While a `DrawsView` is visible it asks each run in view: `DecodeDraws`, by the newest weights.
   Hidden, it drops its questions: newer weights would change the draws unnoticed.
3. Runs with the same prior and latent dimension decode the same codes.
4. Each answer is shown by a `DrawSheet`. A click moves the probe to the draw, or to the real sample.
"""

from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from explorer.data.dataset import Description
from explorer.jobs.plane.projected_codes import code_source
from explorer.jobs.plane.scene import class_of_point
from explorer.jobs.queries.decode_questions import DecodeDraws
from explorer.jobs.questions import Question
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.latent.codes.draws import Draws
from explorer.session import View
from explorer.ui.curves.legend import run_names
from explorer.ui.decode.panel.run_block import RunHead
from explorer.ui.draws.draw_sheet import DrawSheet
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestions
from explorer.ui.state.panes import shown_runs
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.card_places import beside
from explorer.ui.why.why_mark import WhyMark
from explorer.ui.widgets.buttons import SCREEN_SHARE, compact_button
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import ElidingLabel
from explorer.ui.widgets.saving import ask_path

COUNT = 25
"""Number of draws of each run."""
NO_RUN = "Open a run to draw from it."
PAIRS = "Each pair: the decode of a random code above, the nearest real sample below."
PAIRS_IN_SHORT = "Decodes above, nearest real samples below"
RUN_WIDTH, WINDOW_HEIGHT = 440, 620
"""Width for each run and height of the window at first, in pixels at text scale 1."""
PICTURE_SIDE = 96
"""Side in pixels of a picture of a saved sheet."""


class DrawSeed(QObject):
    """The seed of the draws.

    Signals
    -------
    changed
        There is another seed.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.value = 0

    @Slot()
    def draw_again(self) -> None:
        """Take the next seed."""
        # Counted up, not random: a sheet can be made again by the same number of presses.
        self.value += 1
        self.changed.emit()


class DrawsView(QWidget):
    """The sheets of all runs in view; ``one_row`` for little height. Hidden, it asks no questions."""

    def __init__(
        self, state: AppState, seed: DrawSeed, themes: ThemeSource, *, one_row: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._seed, self._themes, self._one_row = state, seed, themes, one_row
        # One question for each run; a newer one replaces it.
        self._questions = LiveQuestions(state.asker, self._on_answer, self._question_of, parent=self)
        self.sheets: dict[str, DrawSheet] = {}
        self._answers: dict[str, tuple[Question, Draws]] = {}
        self._heads: dict[str, RunHead] = {}
        self._empty = QLabel(NO_RUN, self, alignment=Qt.AlignmentFlag.AlignCenter)
        self._empty.setProperty("role", "muted")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(4)
        seed.changed.connect(self._ask)
        state.priors.changed.connect(self._ask)
        for signal in (state.store.opened, state.store.plane_changed, state.store.details_changed):
            signal.connect(self._on_run)
        state.store.closed.connect(self._forget)
        state.session.listen(self.show_view)
        self._arrange()

    def draws_of(self, key: str) -> Draws | None:
        """Return the draws of a run that are shown."""
        known = self._answers.get(key)
        return None if known is None else known[1]

    @property
    def shown(self) -> list[tuple[OpenRun, Draws]]:
        """The runs in view with their draws, as far as these are known."""
        runs = self._state.store.runs
        return [(runs[key], draws) for key in self.sheets if key in runs and (draws := self.draws_of(key)) is not None]

    def show_view(self, old: View, new: View) -> None:
        """Arrange other runs; ask again if the class has changed."""
        if old.panes != new.panes:
            self._arrange()
        if (old.panes, old.condition) != (new.panes, new.condition):
            self._show()
            self._ask()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask the questions that were not asked while the view was hidden."""
        super().showEvent(event)
        self._arrange()
        self._ask()

    def hideEvent(self, event: QHideEvent) -> None:
        """Drop the questions, so that all is asked again when the view is shown."""
        super().hideEvent(event)
        self._questions.drop()

    def _arrange(self) -> None:
        """Show a head and a sheet for each run in view."""
        runs = shown_runs(self._state.session.view, self._state.store.runs)
        # A change of probe or selection also changes the View, but no sheet.
        if [run.key for run in runs] == list(self.sheets):
            return
        while (item := self._grid.takeAt(0)) is not None:
            # Hidden at once, as deletion waits for the event loop.
            if (widget := item.widget()) is not None and widget is not self._empty:
                widget.hide()
                widget.deleteLater()
        # A run that is out of view is not asked about newer weights; once it is back, it is asked as a new one.
        for key in self.sheets.keys() - {run.key for run in runs}:
            self._questions.drop(key)
        self._heads, self.sheets = {}, {}
        for column, run in enumerate(runs):
            head = RunHead(f"draws_head_{column + 1}", self._state.marks, self._themes)
            sheet = DrawSheet(self._themes, one_row=self._one_row)
            sheet.setObjectName(f"draw_sheet_{column + 1}")
            sheet.setAccessibleName(f"Draws of {run.name} and the nearest real samples")
            sheet.chosen.connect(partial(self._probe_draw, run.key))
            sheet.sample_chosen.connect(partial(self._state.probing.probe_sample, run.key))
            self._grid.addWidget(head, 0, column)
            self._grid.addWidget(sheet, 1, column)
            self._heads[run.key], self.sheets[run.key] = head, sheet
        # A grid keeps the columns of runs that are gone.
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 1 if column < len(runs) else 0)
        self._grid.setRowStretch(1, 1)
        self._empty.setVisible(not runs)
        if not runs:
            self._grid.addWidget(self._empty, 1, 0)
        self._show()

    def _question_of(self, key: str) -> Question | None:
        run = self._state.store.runs.get(key)
        if run is None or key not in self.sheets or not self.isVisible():
            return None
        source = code_source(run, self._state.priors.of(key))
        # A learned prior is fetched from the model first, after which `priors.changed` asks again.
        if not source.is_known or (not run.capabilities.prior and run.plane is None):
            return None
        # The same seed for every run, so that equal priors give equal codes.
        codes = source.draw(COUNT, np.random.default_rng(self._seed.value))
        chosen = class_of_point(run, self._state.session.view.condition)
        return DecodeDraws(key, tuple(tuple(map(float, code)) for code in codes), chosen, run.dataset is not None)

    @Slot()
    def _ask(self) -> None:
        for key in self.sheets:
            question = self._question_of(key)
            # Stores announce many changes that leave the draws as they are.
            if question is not None and question != self._questions.asked(key):
                self._questions.ask(question)

    @Slot(str)
    def _on_run(self, key: str) -> None:
        if key in {pane.run for pane in self._state.session.view.panes}:
            self._arrange()
            self._ask()

    @Slot(str)
    def _forget(self, key: str) -> None:
        self._answers.pop(key, None)

    def _on_answer(self, answer: Answer) -> None:
        assert isinstance(answer.value, Draws)
        # Kept for runs out of view: their sheet is there at once when they return.
        self._answers[answer.question.run] = answer.question, answer.value
        self._show()

    def _show(self) -> None:
        runs = [run for key in self.sheets if (run := self._state.store.runs.get(key)) is not None]
        for run, name in zip(runs, run_names(runs), strict=True):
            words = code_source(run, self._state.priors.of(run.key)).words
            brief = words.partition(":")[0].partition(",")[0]
            if chosen := self._class_name(run):
                words, brief = f"class {chosen}: {words}", f"class {chosen}"
            self._heads[run.key].show_run(run.key, name, words, brief)
            self.sheets[run.key].show_draws(run, self.draws_of(run.key))

    def _class_name(self, run: OpenRun) -> str:
        """Return the class that a conditional model decodes as; "" for all others."""
        chosen = class_of_point(run, self._state.session.view.condition)
        return "" if chosen is None else run.description.class_names[chosen]

    def _probe_draw(self, key: str, number: int) -> None:
        draws = self.draws_of(key)
        if draws is not None:
            self._state.probing.probe_point(key, tuple(map(float, draws.z[number])))


class DrawsPanel(QFrame):
    """The tab Draws: one row of pairs for each run in view.

    Signals
    -------
    enlarge_wanted
        The user wants the window of draws.
    """

    enlarge_wanted = Signal()

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", "true")
        set_identity(self, "draws_panel", accessible="Decodes of random codes")
        self._themes = themes
        self.seed = DrawSeed(self)
        self.view = DrawsView(state, self.seed, themes, one_row=True)
        words = set_identity(ElidingLabel(PAIRS_IN_SHORT), "draws_words", accessible="What the pairs are")
        words.setProperty("role", "muted")
        self._again = set_identity(QToolButton(), "draw_again", "Draw other random codes", "Draw again")
        self._again.setText("Draw again")
        self._enlarge = set_identity(QToolButton(), "draws_enlarge", "Show the draws in a window (G)", "Enlarge")
        top = QHBoxLayout()
        top.addWidget(words, 1)
        top.addWidget(WhyMark("draws_random_codes", "random_codes", themes, beside(self.view)))
        top.addWidget(self._again)
        top.addWidget(self._enlarge)
        # In a row, so that a card opens beside the pictures.
        pictures = QWidget()
        row = QHBoxLayout(pictures)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.view, 1)
        column = QVBoxLayout(self)
        column.addLayout(top)
        column.addWidget(pictures, 1)
        self._again.clicked.connect(self.seed.draw_again)
        self._enlarge.clicked.connect(self.enlarge_wanted)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    @Slot()
    def _apply_theme(self) -> None:
        self._again.setStyleSheet(compact_button(self._themes))
        self._enlarge.setIcon(icon("enlarge", self._themes.theme))


class DrawsWindow(QDialog):
    """The draws of all runs in view in a window of their own, which shows the whole sheets and saves them."""

    def __init__(self, state: AppState, seed: DrawSeed, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "draws_window", accessible="Draws")
        self.setWindowTitle("Draws")
        self._state, self._themes = state, themes
        self.view = DrawsView(state, seed, themes, one_row=False)
        words = set_identity(QLabel(PAIRS, wordWrap=True), "draws_window_words", accessible="What the pairs are")
        words.setProperty("role", "muted")
        again = set_identity(QToolButton(), "draws_window_again", "Draw other random codes", "Draw again")
        again.setText("Draw again")
        again.clicked.connect(seed.draw_again)
        save = set_identity(QToolButton(), "draws_window_save", "Save the sheets as one picture", "Save sheet")
        save.setText("Save sheet…")
        save.clicked.connect(self.save_sheet)
        row = QHBoxLayout()
        row.addWidget(words, 1)
        row.addWidget(again)
        row.addWidget(save)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self.view, 1)
        width = RUN_WIDTH * max(2, len(self.view.sheets))
        size = QSize(round(width * themes.scale), round(WINDOW_HEIGHT * themes.scale))
        self.resize(size.boundedTo(self.screen().availableSize() * SCREEN_SHARE))

    @Slot()
    def save_sheet(self) -> None:
        """Ask for a file and save the sheets of all runs side by side."""
        shown = self.view.shown
        if not shown:
            self._state.messages.notify("There are no draws to save yet")
            return
        name = "-".join(run.name for run, _ in shown)
        kinds = {"png": "PNG picture", "svg": "SVG drawing", "pdf": "PDF page"}
        path = ask_path(self, "Save sheet", f"{name}-draws.png", kinds)
        if path is not None:
            self.save_to(path)

    def save_to(self, path: Path) -> None:
        """Save the sheets to ``path`` in the background."""
        shown = self.view.shown
        names = run_names([run for run, _ in shown])
        runs = [(name, draws, run.description) for name, (run, draws) in zip(names, shown, strict=True)]
        dark = self._themes.theme.dark
        self._state.tasks.save(path, lambda _: _save_sheet(path, runs, dark=dark))


def _save_sheet(path: Path, runs: list[tuple[str, Draws, Description]], *, dark: bool) -> None:
    from explorer.plot.figures import save_figure  # not above: matplotlib takes long to import
    from explorer.plot.sheets import draws_sheet, new_sheet

    save_figure(path, new_sheet(draws_sheet(runs, PICTURE_SIDE), dark=dark))

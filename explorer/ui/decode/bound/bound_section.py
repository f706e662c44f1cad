"""THE BOUND: log p(x) of the followed sample, its ELBO, and the gap between."""

import time

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from explorer.jobs.queries.bound_question import FindBound
from explorer.jobs.workers.inference import Answer
from explorer.latent.absent import Absent
from explorer.latent.bound.bound_text import error_words, intractable_words
from explorer.latent.bound.sample_bound import POINT, SampleBound
from explorer.session import View
from explorer.ui.decode.bound.bound_bars import BoundBars
from explorer.ui.decode.bound.bound_rows import bound_rows
from explorer.ui.state.workbench import Workbench
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.eliding_label import ElidingLabel
from explorer.ui.widgets.identity import set_identity

PURPOSE = "bound"
SHARE = 0.1
"""Of the time, that is spent on the bound while new models come."""
STILL = 200
"""Milliseconds that a frame of a replay is shown before its bound is asked for, whatever the share."""
PATIENCE = 10.0
"""Seconds until a question without an answer is asked again: the run had no weights yet."""
LOOKING = "Looking for log p(x) …"


class BoundSection(QWidget):
    """Shows the bound of the probe's sample by the probe's run, or why it is not defined.

    It asks for itself, of a sample that is followed: at once for another sample, and for newer weights no oftener than
    its share of the time allows.
    """

    def __init__(self, bench: Workbench, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._head = ElidingLabel("THE BOUND")
        self._head.setProperty("role", "head")
        self.bars = BoundBars(themes)
        self._words = set_identity(QLabel(), "bound_words", accessible="How log p(x) was found")
        self._words.setProperty("role", "muted")
        self._words.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for widget in (self._head, self.bars, self._words):
            column.addWidget(widget)
        self._asked: FindBound | None = None
        self._waits = self._is_old = False
        self._began = self._due = 0.0
        self._epoch: float | None = None
        self._rest = QTimer(self, singleShot=True)
        self._rest.timeout.connect(self._ask)
        self.hide()
        bench.session.listen(self.show_view)
        bench.answered.connect(self._on_answer)
        bench.model_changed.connect(self._on_model_changed)
        bench.run_changed.connect(self._on_run_changed)
        bench.run_opened.connect(self._on_run_changed)
        bench.run_closed.connect(self._on_run_changed)
        self._follow()

    @property
    def words(self) -> str:
        """What is said beneath the bars."""
        return self._words.text()

    def show_view(self, old: View, new: View) -> None:
        """Ask for another sample."""
        if old.probe != new.probe:
            self._follow()

    # Asking

    @Slot()
    def _follow(self) -> None:
        """Ask for the probe's sample, unless it was asked for."""
        question = self._question()
        if question == self._asked:
            return
        self._asked = question
        self._rest.stop()
        self.setVisible(question is not None)
        if question is not None:
            self._head.setText(f"THE BOUND · {self._bench.runs[question.run].name}")
            self._show_words(LOOKING)
            self._ask()

    def _question(self) -> FindBound | None:
        probe = self._bench.session.view.probe
        if probe is None or probe.sample is None:
            return None
        run = self._bench.runs.get(probe.run)
        if run is None or run.dataset is None or not run.capabilities.density:
            return None
        return FindBound(run.key, PURPOSE, probe.sample)

    @Slot()
    def _ask(self) -> None:
        if self._asked is not None:
            self._is_old = False
            self._waits, self._began = True, time.monotonic()
            self._bench.ask(self._asked)

    @Slot(str)
    def _on_model_changed(self, key: str) -> None:
        """Ask the newer weights, once the last answer has come and rested."""
        run = self._bench.runs.get(key)
        if self._asked is None or self._asked.run != key or run is None:
            return
        moved, self._epoch = run.shown_epoch != self._epoch, run.shown_epoch
        if moved:
            self._rest.start(STILL)
            return
        now = time.monotonic()
        if self._waits and now - self._began < PATIENCE:
            self._is_old = True
        elif now >= self._due:
            self._ask()
        elif not self._rest.isActive():
            self._rest.start(round(1000 * (self._due - now)) + 1)

    @Slot(str)
    def _on_run_changed(self, key: str) -> None:
        probe = self._bench.session.view.probe
        if (self._asked is not None and self._asked.run == key) or (probe is not None and probe.run == key):
            self._follow()

    # Answers

    @Slot(object)
    def _on_answer(self, answer: Answer) -> None:
        if answer.question != self._asked:
            return
        now, self._waits = time.monotonic(), False
        self._due = now + (now - self._began) * (1 / SHARE - 1)
        if isinstance(answer.value, SampleBound):
            self._show(answer.value)
        else:
            why = answer.value.why if isinstance(answer.value, Absent) else "the run's samples are not at hand"
            self._show_words(f"not defined: {why}")
        if self._is_old:
            self._rest.start(round(1000 * (self._due - now)) + 1)

    def _show(self, bound: SampleBound) -> None:
        self.bars.setVisible(True)
        self.bars.set_rows(bound_rows(bound))
        how = f"log p(x) by a grid of {bound.decodes:,} decodes, {error_words(bound)}."
        if bound.method != "grid":
            why = intractable_words(bound.latent_dim)
            how = f"{why[0].upper()}{why[1:]}. By {bound.decodes:,} importance samples instead: {error_words(bound)}."
        lack = "" if bound.elbo is not None else f" No ELBO: {POINT}."
        self._words.setText(how + lack)
        self._words.setToolTip(bound.note)

    def _show_words(self, words: str) -> None:
        self.bars.hide()
        self._words.setText(words)
        self._words.setToolTip("")

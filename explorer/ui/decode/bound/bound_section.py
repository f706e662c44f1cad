"""The bound: log p(x) of the followed sample, its ELBO, and the gap between them."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from explorer.jobs.queries.model_questions import FindBound
from explorer.jobs.workers.inference import Answer
from explorer.latent.absent import Absent
from explorer.latent.bound.sample_bound import POINT, SampleBound, error_words, intractable_words
from explorer.session import View
from explorer.ui.decode.bound.bound_rows import BoundBars, bound_rows
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.eliding_label import ElidingLabel
from explorer.ui.widgets.identity import set_identity

SHARE = 0.1
"""Maximum share of the time spent on the bound while a run trains."""
FRAME_REST = 0.2
"""Seconds that a frame of a replay stays before its bound is asked for, whatever the share."""
LOOKING = "Computing log p(x) …"


class BoundSection(QWidget):
    """The bound of the probe's sample under the probe's run, or why it is not defined.

    1. Another probe sample is asked for at once; a point in latent space has no bound, and hides the section.
    2. The decodes of the grid run on the inference worker.
    3. Newer weights are asked for again by `LiveQuestion`, within `SHARE` of the time.
    4. The answer is drawn as bars, with the error and the method below them.
    """

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store, self._session = state.store, state.session
        self._head = set_identity(ElidingLabel("THE BOUND"), "bound_head", accessible="The bound")
        self._head.setProperty("role", "head")
        self.bars = BoundBars(themes)
        self._text = set_identity(QLabel(), "bound_words", accessible="How log p(x) was computed")
        self._text.setProperty("role", "muted")
        self._text.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for widget in (self._head, self.bars, self._text):
            column.addWidget(widget)
        # The grid's decodes take time of the worker that also answers drags: hence the small share.
        self.question = LiveQuestion(
            state.asker, self._on_answer, self._wanted, share=SHARE, frame_rest=FRAME_REST, parent=self
        )
        self.hide()
        state.session.listen(self.show_view)
        state.store.details_changed.connect(self._on_run_changed)
        state.store.opened.connect(self._on_run_changed)
        state.store.closed.connect(self._on_run_changed)
        self._follow()

    @property
    def words(self) -> str:
        """The text below the bars."""
        return self._text.text()

    def show_view(self, old: View, new: View) -> None:
        """Ask again if the probe has changed."""
        if old.probe != new.probe:
            self._follow()

    # Questions

    def _follow(self) -> None:
        """Ask for the probe's sample, unless it has been asked for."""
        wanted = self._wanted()
        if wanted == self.question.asked:
            return
        self.setVisible(wanted is not None)
        if wanted is None:
            # Without drop() an answer on its way would show the bound of a sample that nobody follows any more.
            self.question.drop()
        else:
            self._head.setText(f"THE BOUND · {self._store.runs[wanted.run].name}")
            # The bars of the former sample would be read as those of this one.
            self._show_words(LOOKING)
            self.question.ask(wanted)

    def _wanted(self) -> FindBound | None:
        probe = self._session.view.probe
        if probe is None or probe.sample is None:
            return None
        run = self._store.get(probe.run)
        # Without a density, −log p(x|z) is not defined, so that log p(x) is not either.
        if run is None or run.dataset is None or not run.capabilities.density:
            return None
        return FindBound(run.key, probe.sample)

    @Slot(str)
    def _on_run_changed(self, key: str) -> None:
        # Also if the run was asked for and is closed now, or its data arrived: what can be asked may have changed.
        asked, probe = self.question.asked, self._session.view.probe
        if (asked is not None and asked.run == key) or (probe is not None and probe.run == key):
            self._follow()

    # Answers

    def _on_answer(self, answer: Answer) -> None:
        # Absent carries a reason; None means that the run could not answer at all, for lack of its data.
        if isinstance(answer.value, SampleBound):
            self._show(answer.value)
        else:
            why = answer.value.why if isinstance(answer.value, Absent) else "the samples of this run are not available"
            self._show_words(f"not defined: {why}")

    def _show(self, bound: SampleBound) -> None:
        self.bars.setVisible(True)
        self.bars.set_rows(bound_rows(bound))
        how = f"log p(x) by a grid of {bound.decodes:,} decodes, {error_words(bound)}."
        # Above a few latent dimensions a grid is not feasible, and importance sampling takes its place.
        if bound.method != "grid":
            why = intractable_words(bound.latent_dim)
            how = f"{why[0].upper()}{why[1:]}. By {bound.decodes:,} importance samples instead: {error_words(bound)}."
        lack = "" if bound.elbo is not None else f" No ELBO: {POINT}."
        self._text.setText(how + lack)
        self._text.setToolTip(bound.note)

    def _show_words(self, words: str) -> None:
        self.bars.hide()
        self._text.setText(words)
        self._text.setToolTip("")

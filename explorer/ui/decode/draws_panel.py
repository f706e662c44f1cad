"""The tab Draws: decodes of random codes of the active run."""

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from explorer.jobs.plane.projected_codes import has_normal_prior, random_code
from explorer.jobs.queries.decode_questions import DecodePoints, Decodes
from explorer.jobs.questions import Question
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.models.priors import PriorComponents
from explorer.session import View
from explorer.ui.path.film_strip import Film, FilmStrip
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.card_places import beside
from explorer.ui.why.why_mark import WhyMark
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import ElidingLabel

COUNT = 10
"""Number of pictures in the row."""


class DrawsPanel(QFrame):
    """Shows decodes of random codes of the active run, always by its newest weights; a click moves the probe to one.

    Every run uses the same seed, so that runs with a standard normal prior and equal latent dimensions decode the
    same codes. Hidden, the panel asks no questions.
    """

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", "true")
        set_identity(self, "draws_panel", accessible="Decodes of random codes")
        self._state, self._seed = state, 0
        self._codes: tuple[tuple[float, ...], ...] = ()
        self._question = LiveQuestion(state.asker, self._on_answer, self._current_question, parent=self)
        self._text_label = set_identity(ElidingLabel(), "draws_words", accessible="Where the codes come from")
        self._text_label.setProperty("role", "muted")
        self._again = set_identity(QToolButton(), "draw_again", "Draw other codes", "Draw again")
        self._again.setText("Draw again")
        self.strip = set_identity(FilmStrip(themes), "draws", "Click a picture to put the probe on its code")
        top = QHBoxLayout()
        top.addWidget(self._text_label)
        top.addWidget(WhyMark("draws_order_of_plots", "order_of_plots", themes, beside(self.strip)))
        top.addStretch(1)
        top.addWidget(self._again)
        column = QVBoxLayout(self)
        column.addLayout(top)
        # In a row, so that a card opens beside the pictures.
        pictures = QWidget()
        row = QHBoxLayout(pictures)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.strip, 1)
        column.addWidget(pictures, 1)
        self._again.clicked.connect(self._draw_again)
        self.strip.chosen.connect(self._probe)
        state.store.opened.connect(self._ask)
        state.priors.changed.connect(self._ask)
        state.session.listen(self.show_view)

    @property
    def words(self) -> str:
        """The text above the pictures."""
        return self._text_label.text()

    def show_view(self, old: View, new: View) -> None:
        """Ask again if the active run or the class has changed."""
        if (old.active_run, old.condition) != (new.active_run, new.condition):
            self._ask()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask now, as nothing was asked while the tab was hidden."""
        super().showEvent(event)
        self._ask()

    def _current_question(self) -> Question | None:
        view = self._state.session.view
        run = self._state.store.get(view.active_run)
        components = None if run is None else self._state.priors.of(run.key)
        # A learned prior is fetched from the model first; priors.changed asks again when its components arrive.
        if run is None or not self.isVisible() or (run.capabilities.learned_prior and components is None):
            return None
        codes = draw_codes(run, components, self._seed)
        return DecodePoints(run.key, codes, condition=view.condition if run.capabilities.condition else None)

    @Slot()
    def _ask(self) -> None:
        question = self._current_question()
        if question is None:
            # Otherwise a late answer would show another run's pictures.
            self._question.drop()
        elif question != self._question.asked:
            self._question.ask(question)

    def _on_answer(self, answer: Answer) -> None:
        run, question = self._state.store.runs[answer.question.run], answer.question
        assert isinstance(question, DecodePoints) and isinstance(answer.value, Decodes)
        self._codes = question.z
        self._text_label.setText(f"{run.name}: {where_from(run)}")
        self._text_label.setToolTip(self._text_label.text())
        self.strip.show_film(Film(answer.value.pictures, run.description, on_path=False))
        self.strip.show_current(-1)  # none until one is chosen

    @Slot()
    def _draw_again(self) -> None:
        self._seed += 1
        self._ask()

    @Slot(int)
    def _probe(self, number: int) -> None:
        asked = self._question.asked
        if asked is not None and number < len(self._codes):
            self.strip.show_current(number)
            self._state.probing.probe_point(asked.run, self._codes[number])


def draw_codes(
    run: OpenRun, components: PriorComponents | None, seed: int, count: int = COUNT
) -> tuple[tuple[float, ...], ...]:
    """Return ``count`` random codes of latent_dim numbers: from the prior, or uniform over the range of the codes."""
    # A generator of its own: draws must not disturb the one that training uses.
    rng = np.random.default_rng(seed)
    if components is None:
        return tuple(random_code(run, rng) for _ in range(count))
    weights = components.weights.astype(np.float64)
    # float32 weights do not add up to 1 exactly, which rng.choice demands.
    chosen = rng.choice(len(weights), size=count, p=weights / weights.sum())
    drawn = [rng.multivariate_normal(components.means[one], components.covariances[one]) for one in chosen]
    return tuple(tuple(map(float, code)) for code in drawn)


def where_from(run: OpenRun) -> str:
    """Return the origin of random codes of a run as text."""
    if has_normal_prior(run):
        return "draws from its prior, the standard normal"
    if run.capabilities.learned_prior:
        return "draws from its learned prior"
    return "no prior, so draws from the range of its codes"

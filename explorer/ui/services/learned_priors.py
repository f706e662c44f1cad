"""Learned priors in the window: where they lie, and draws from them, which a run's model alone can tell."""

from PySide6.QtCore import QObject, Signal, Slot

from explorer.jobs.queries.model_questions import DrawFromPrior, PriorShape
from explorer.jobs.workers.inference import Answer
from explorer.models.gaussian_mixture import PriorComponents
from explorer.ui.state.asker import Asker
from explorer.ui.state.live_question import LiveQuestions


class LearnedPriors(QObject):
    """Asks each new model of a run with a learned prior for the prior's components, and keeps the newest.

    Signals
    -------
    changed : str
        The key of a run whose components changed.
    drawn : str, tuple
        The key of a run and a code that was drawn from its prior.
    """

    changed = Signal(str)
    drawn = Signal(str, object)

    def __init__(self, asker: Asker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = asker.store
        self._components: dict[str, PriorComponents] = {}
        self._shapes = LiveQuestions(asker, self._on_shape, parent=self)
        self._draws = LiveQuestions(asker, self._on_draw, parent=self)
        self._store.opened.connect(self._ask)
        self._store.weights_changed.connect(self._ask)
        self._store.closed.connect(self._forget)

    def of(self, key: str) -> PriorComponents | None:
        """Return the components of a run's prior; None where it has none, or until they are known."""
        return self._components.get(key)

    def draw(self, key: str, seed: int) -> None:
        """Draw a code from a run's prior, for `drawn`."""
        self._draws.ask(DrawFromPrior(key, seed))

    @Slot(str)
    def _ask(self, key: str) -> None:
        run = self._store.get(key)
        if run is not None and run.capabilities.learned_prior:
            self._shapes.ask(PriorShape(key), supersedes=False)

    @Slot(str)
    def _forget(self, key: str) -> None:
        self._components.pop(key, None)

    def _on_shape(self, answer: Answer) -> None:
        if isinstance(answer.value, PriorComponents):
            self._components[answer.question.run] = answer.value
            self.changed.emit(answer.question.run)

    def _on_draw(self, answer: Answer) -> None:
        if answer.value is not None:
            self.drawn.emit(answer.question.run, answer.value)

"""Learned priors in the window: where they lie, and draws from them, which a run's model alone can tell."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from explorer.jobs.queries.model_questions import DrawFromPrior, PriorShape
from explorer.jobs.workers.inference import Answer
from explorer.models.gaussian_mixture import PriorComponents

if TYPE_CHECKING:
    from explorer.ui.state.workbench import Workbench


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

    def __init__(self, bench: "Workbench") -> None:
        super().__init__(bench)
        self._bench = bench
        self._components: dict[str, PriorComponents] = {}
        bench.run_opened.connect(self._ask)
        bench.model_changed.connect(self._ask)
        bench.run_closed.connect(self._forget)
        bench.answered.connect(self._on_answer)

    def of(self, key: str) -> PriorComponents | None:
        """Return the components of a run's prior; None where it has none, or until they are known."""
        return self._components.get(key)

    def draw(self, key: str, seed: int) -> None:
        """Draw a code from a run's prior, for `drawn`."""
        self._bench.ask(DrawFromPrior(key, "random z", seed))

    @Slot(str)
    def _ask(self, key: str) -> None:
        run = self._bench.runs.get(key)
        if run is not None and run.capabilities.learned_prior:
            self._bench.ask(PriorShape(key, "plane"))

    @Slot(str)
    def _forget(self, key: str) -> None:
        self._components.pop(key, None)

    @Slot(object)
    def _on_answer(self, answer: Answer) -> None:
        key, value = answer.question.run, answer.value
        if isinstance(answer.question, PriorShape) and isinstance(value, PriorComponents):
            self._components[key] = value
            self.changed.emit(key)
        elif isinstance(answer.question, DrawFromPrior) and value is not None:
            self.drawn.emit(key, value)

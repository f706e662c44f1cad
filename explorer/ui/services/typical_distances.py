"""How far apart the codes of a run usually are: what tells a place among its samples from one far from any."""

from PySide6.QtCore import QObject, Signal

from explorer.jobs.queries.plane_questions import MeasureSpread
from explorer.jobs.workers.inference import Answer
from explorer.ui.state.asker import Asker
from explorer.ui.state.live_question import LiveQuestions


class TypicalDistances(QObject):
    """Measures the usual distance between neighbours of a run's codes, where somebody wants it.

    The codes keep what was measured: ``run.plane.neighbours.known_typical_distance``.

    Signals
    -------
    measured : str
        The key of a run whose codes know it by now.
    """

    measured = Signal(str)

    def __init__(self, asker: Asker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = asker.store
        self._questions = LiveQuestions(asker, self._on_answer, parent=self)

    def want(self, key: str) -> None:
        """Measure it for a run's present codes, unless it is known or under way."""
        run = self._store.get(key)
        if run is None or run.plane is None or run.plane.neighbours.known_typical_distance is not None:
            return
        if not self._questions.of(key).waits:
            self._questions.ask(MeasureSpread(key, run.plane.neighbours))

    def _on_answer(self, answer: Answer) -> None:
        self.measured.emit(answer.question.run)

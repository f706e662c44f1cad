"""Typical distances between the codes of runs, by which a point far from all samples is recognized."""

from PySide6.QtCore import QObject, Signal

from explorer.jobs.queries.plane_questions import MeasureSpread
from explorer.jobs.workers.inference import Answer
from explorer.ui.state.asker import Asker
from explorer.ui.state.live_question import LiveQuestions


class TypicalDistances(QObject):
    """Measures the typical distance between neighbouring codes of a run, on request.

    The codes keep the result: ``run.plane.neighbours.known_typical_distance``.

    Signals
    -------
    measured : str
        The key of a run whose typical distance was measured.
    """

    measured = Signal(str)

    def __init__(self, asker: Asker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = asker.store
        self._questions = LiveQuestions(asker, self._on_answer, parent=self)

    def want(self, key: str) -> None:
        """Measure the distance for a run's current codes, unless it is known or being measured."""
        run = self._store.get(key)
        if run is None or run.plane is None or run.plane.neighbours.known_typical_distance is not None:
            return
        # Asked while the probe is dragged: one measurement at a time is enough.
        if not self._questions.of(key).waits:
            self._questions.ask(MeasureSpread(key, run.plane.neighbours))

    def _on_answer(self, answer: Answer) -> None:
        self.measured.emit(answer.question.run)

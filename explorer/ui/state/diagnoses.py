"""What the window knows to be wrong with its open runs, and what of it the user has put away."""

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from explorer.config import ConfigError
from explorer.jobs.diagnosis.diagnose_run import Diagnose, Diagnosis, diagnosis_of, evidence_of
from explorer.jobs.diagnosis.notice import Cure, Notice
from explorer.jobs.workers.inference import Answer
from explorer.ui.widgets.settings import settings

if TYPE_CHECKING:
    from explorer.ui.state.workbench import Workbench

SECONDS_BETWEEN = 1.0
"""While a run trains; at its end it is always looked at."""
KEY = "notices/put_away"
MAX_KEPT = 200
"""So many are remembered as put away, the newest."""
NOTHING = Diagnosis()


class Diagnoses(QObject):
    """Has each open run looked at when its curves or its plane change, and keeps what was found.

    Signals
    -------
    changed : str
        The key of a run of which something else is to be said.
    """

    changed = Signal(str)

    def __init__(self, bench: "Workbench") -> None:
        super().__init__(bench)
        self._bench = bench
        self._found: dict[str, Diagnosis] = {}
        self._next: dict[str, float] = {}
        self._put_away = _remembered()
        bench.run_opened.connect(self._look)
        bench.run_changed.connect(self._look)
        bench.plane_changed.connect(self._look)
        bench.run_closed.connect(self._forget)
        bench.answered.connect(self._on_answer)

    def of(self, key: str) -> Diagnosis:
        """Return what is known of a run."""
        return self._found.get(key, NOTHING)

    def shown(self, key: str) -> tuple[Notice, ...]:
        """Return a run's notices that were not put away."""
        return tuple(notice for notice in self.of(key).notices if (key, notice.kind) not in self._put_away)

    def hides_any(self, key: str) -> bool:
        """Whether a notice that stands was put away."""
        return len(self.shown(key)) < len(self.of(key).notices)

    def dismiss(self, key: str, kind: str) -> None:
        """Say no more of one trouble of one run, now and after the next start."""
        self._put_away[key, kind] = None
        self._remember(key)

    def restore(self, key: str) -> None:
        """Say again what of a run was put away."""
        self._put_away = {pair: None for pair in self._put_away if pair[0] != key}
        self._remember(key)

    def want(self, key: str, cure: Cure) -> None:
        """Ask the form to take a run's settings with those of a cure."""
        if key not in self._bench.runs:
            return
        try:
            self._bench.settings_wanted.emit(cure.applied(self._bench.runs[key].config))
        except ConfigError as error:
            self._bench.told.emit(str(error))

    def _remember(self, key: str) -> None:
        kept = list(self._put_away)[-MAX_KEPT:]
        self._put_away = dict.fromkeys(kept)
        settings().setValue(KEY, [f"{kind}\n{run}" for run, kind in kept])
        self.changed.emit(key)

    @Slot(str)
    def _look(self, key: str) -> None:
        run = self._bench.runs.get(key)
        if run is None:
            return
        now, trains = time.monotonic(), key in self._bench.training
        if trains and now < self._next.get(key, 0.0):
            return
        self._next[key] = now + SECONDS_BETWEEN
        evidence = evidence_of(run)
        if run.status == "failed" and run.plane is None and not trains:
            # It may have no checkpoint, and so no model that the worker could be asked about: it did not get far.
            self._take(key, diagnosis_of(evidence))
        else:
            self._bench.ask(Diagnose(key, "notices", evidence, self.of(key).notices))

    @Slot(str)
    def _forget(self, key: str) -> None:
        self._found.pop(key, None)
        self._next.pop(key, None)

    @Slot(object)
    def _on_answer(self, answer: Answer) -> None:
        if isinstance(answer.question, Diagnose) and isinstance(answer.value, Diagnosis):
            self._take(answer.question.run, answer.value)

    def _take(self, key: str, found: Diagnosis) -> None:
        if found != self.of(key):
            self._found[key] = found
            self.changed.emit(key)


def _remembered() -> dict[tuple[str, str], None]:
    value = settings().value(KEY, [])
    lines = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    pairs = [str(line).partition("\n") for line in lines]
    return {(run, kind): None for kind, sign, run in pairs if sign}

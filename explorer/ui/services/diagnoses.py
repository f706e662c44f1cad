"""What the window knows to be wrong with its open runs, and what of it the user has put away."""

from PySide6.QtCore import QObject, Signal, Slot

from explorer.config import ConfigError
from explorer.jobs.diagnosis.diagnose_run import Diagnose, Diagnosis, diagnosis_of, evidence_of
from explorer.jobs.diagnosis.notice import Cure, Notice
from explorer.jobs.workers.inference import Answer
from explorer.ui.services.trainings import Trainings
from explorer.ui.state.asker import Asker
from explorer.ui.state.live_question import LiveQuestions
from explorer.ui.widgets.settings import settings

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
    settings_wanted : RunConfig
        The form is to take these settings for the next run.
    """

    changed = Signal(str)
    settings_wanted = Signal(object)

    def __init__(self, asker: Asker, trainings: Trainings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asker, self._store, self._trainings = asker, asker.store, trainings
        self._found: dict[str, Diagnosis] = {}
        self._put_away = _remembered()
        self._questions = LiveQuestions(
            asker, self._on_answer, self._question, rest=SECONDS_BETWEEN, follows_weights=False, parent=self
        )
        for signal in (self._store.opened, self._store.details_changed, self._store.plane_changed):
            signal.connect(self._look)
        self._store.closed.connect(self._forget)

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
        run = self._store.get(key)
        if run is None:
            return
        try:
            self.settings_wanted.emit(cure.applied(run.config))
        except ConfigError as error:
            self._asker.messages.notify(str(error))

    def want_settings_of(self, key: str) -> None:
        """Ask the form to take a run's settings."""
        run = self._store.get(key)
        if run is not None:
            self.settings_wanted.emit(run.config)

    def _remember(self, key: str) -> None:
        kept = list(self._put_away)[-MAX_KEPT:]
        self._put_away = dict.fromkeys(kept)
        settings().setValue(KEY, [f"{kind}\n{run}" for run, kind in kept])
        self.changed.emit(key)

    @Slot(str)
    def _look(self, key: str) -> None:
        """Look at a run now, or while it trains, as often as is worth it."""
        run, trains = self._store.get(key), key in self._trainings.running
        if run is None:
            return
        if run.status == "failed" and run.plane is None and not trains:
            # It may have no checkpoint, and so no model that the worker could be asked about: it did not get far.
            self._take(key, diagnosis_of(evidence_of(run)))
        elif trains:
            self._questions.refresh(key)
        elif (question := self._question(key)) is not None:
            self._questions.ask(question, supersedes=False)

    def _question(self, key: str) -> Diagnose | None:
        run = self._store.get(key)
        return None if run is None else Diagnose(key, evidence_of(run), self.of(key).notices)

    @Slot(str)
    def _forget(self, key: str) -> None:
        self._found.pop(key, None)

    def _on_answer(self, answer: Answer) -> None:
        if isinstance(answer.value, Diagnosis):
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

"""Diagnoses of the open runs, and the notices that the user has dismissed."""

from PySide6.QtCore import QObject, Signal, Slot

from explorer.config import ConfigError
from explorer.jobs.diagnosis.diagnose_run import Diagnose, Diagnosis, diagnosis_of, evidence_of
from explorer.jobs.diagnosis.notice import Cure, Notice
from explorer.jobs.workers.inference import Answer
from explorer.ui.services.trainings import Trainings
from explorer.ui.state.asker import Asker
from explorer.ui.state.live_question import LiveQuestions
from explorer.ui.state.unit_source import UnitSource
from explorer.ui.widgets.settings import settings

SECONDS_BETWEEN = 1.0
"""Minimum seconds between diagnoses during training; the final one is always made."""
# Key in the settings file; changing it would restore all notices that users have dismissed.
KEY = "notices/put_away"
MAX_KEPT = 200
"""Number of dismissed notices that are remembered, the newest ones."""
NOTHING = Diagnosis()


class Diagnoses(QObject):
    """Diagnoses each open run when its curves or its plane change, and keeps the results.

    Signals
    -------
    changed : str
        The key of a run whose diagnosis or visible notices changed.
    settings_wanted : RunConfig
        The settings that the user wants in the form for the next run.
    """

    changed = Signal(str)
    settings_wanted = Signal(object)

    def __init__(self, asker: Asker, trainings: Trainings, units: UnitSource, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._units = units
        self._asker, self._store, self._trainings = asker, asker.store, trainings
        self._diagnoses: dict[str, Diagnosis] = {}
        # A dict as an ordered set of (run, kind), the newest last.
        self._dismissed = _remembered()
        self._questions = LiveQuestions(
            asker, self._on_answer, self._question, rest=SECONDS_BETWEEN, follows_weights=False, parent=self
        )
        for signal in (self._store.opened, self._store.details_changed, self._store.plane_changed):
            signal.connect(self._diagnose)
        self._store.closed.connect(self._forget)
        units.changed.connect(self._on_unit)

    def of(self, key: str) -> Diagnosis:
        """Return the diagnosis of a run; an empty one until it is made."""
        return self._diagnoses.get(key, NOTHING)

    def shown(self, key: str) -> tuple[Notice, ...]:
        """Return a run's notices that were not dismissed."""
        return tuple(notice for notice in self.of(key).notices if (key, notice.kind) not in self._dismissed)

    def hides_any(self, key: str) -> bool:
        """Return whether a current notice of a run was dismissed."""
        return len(self.shown(key)) < len(self.of(key).notices)

    def dismiss(self, key: str, kind: str) -> None:
        """Dismiss one kind of notice of one run, also for later starts of the program."""
        self._dismissed[key, kind] = None
        self._remember(key)

    def restore(self, key: str) -> None:
        """Restore all dismissed notices of a run."""
        self._dismissed = {pair: None for pair in self._dismissed if pair[0] != key}
        self._remember(key)

    def want(self, key: str, cure: Cure) -> None:
        """Emit `settings_wanted` with a run's settings, changed by a cure."""
        run = self._store.get(key)
        if run is None:
            return
        try:
            self.settings_wanted.emit(cure.applied(run.config))
        except ConfigError as error:
            self._asker.messages.notify(str(error))

    def want_settings_of(self, key: str) -> None:
        """Emit `settings_wanted` with a run's settings."""
        run = self._store.get(key)
        if run is not None:
            self.settings_wanted.emit(run.config)

    def _remember(self, key: str) -> None:
        kept = list(self._dismissed)[-MAX_KEPT:]
        self._dismissed = dict.fromkeys(kept)
        # The kind first: it has no line break, while a path may.
        settings().setValue(KEY, [f"{kind}\n{run}" for run, kind in kept])
        self.changed.emit(key)

    @Slot(str)
    def _diagnose(self, key: str) -> None:
        """Diagnose a run now; during training at most once per `SECONDS_BETWEEN`."""
        run, trains = self._store.get(key), key in self._trainings.running
        if run is None:
            return
        if run.status == "failed" and run.plane is None and not trains:
            # A run that failed early has no checkpoint, so the worker has no model to answer; its curves are enough.
            self.take(key, diagnosis_of(evidence_of(run, self._units.unit)))
        elif trains:
            self._questions.refresh(key)
        elif (question := self._question(key)) is not None:
            self._questions.ask(question, supersedes=False)

    def _question(self, key: str) -> Diagnose | None:
        run = self._store.get(key)
        return None if run is None else Diagnose(key, evidence_of(run, self._units.unit), self.of(key).notices)

    @Slot()
    def _on_unit(self) -> None:
        """Write the notices in another unit."""
        for key in self._store.runs:
            self._diagnose(key)

    @Slot(str)
    def _forget(self, key: str) -> None:
        self._diagnoses.pop(key, None)

    def _on_answer(self, answer: Answer) -> None:
        if isinstance(answer.value, Diagnosis):
            self.take(answer.question.run, answer.value)

    def take(self, key: str, found: Diagnosis) -> None:
        """Take a diagnosis as the newest of a run, and emit ``changed`` if it differs from the last one."""
        if found != self.of(key):
            self._diagnoses[key] = found
            self.changed.emit(key)


def _remembered() -> dict[tuple[str, str], None]:
    value = settings().value(KEY, [])
    # QSettings returns a list of one string as a string.
    lines = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    pairs = [str(line).partition("\n") for line in lines]
    return {(run, kind): None for kind, sign, run in pairs if sign}

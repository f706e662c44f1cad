"""The figures of the open runs: those kept with them, else measured in the background and kept."""

from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from explorer.data.corruption import Corruption
from explorer.jobs.queries.measure_figures import MeasureFigures, Unmeasured
from explorer.jobs.runs.kept_figures import KeptFigures, keep_figures
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.latent.evaluation.evaluate import IMPORTANCE_SAMPLES
from explorer.latent.evaluation.figures import Figures
from explorer.latent.evaluation.preload import preload_libraries
from explorer.runs.run_directory import open_run
from explorer.ui.services.trainings import Trainings
from explorer.ui.state.asker import Asker
from explorer.ui.state.live_question import LiveQuestions
from explorer.ui.state.tasks import Tasks

REST_MILLISECONDS = 1500
"""Nothing is measured unasked before no run has been opened or trained for so long: the hand comes first."""
SAMPLES_FOR_LIKELIHOOD = 1000
"""In larger splits log p(x), which takes the longest by far, is measured on request alone."""


@dataclass(frozen=True)
class _Asked:
    step: int
    importance_samples: int
    per_cent: int = 0
    why_not: str = ""


class RunFigures(QObject):
    """Knows the figures of every open run's present weights, or says why there are none yet.

    Those of runs on disk are measured by themselves once nothing trains; those of the user's own models, whose
    functions may be slow, on request.

    Signals
    -------
    changed : str
        The key of a run whose figures, or what is said of them, changed.
    """

    changed = Signal(str)
    _reported = Signal(str, int)  # from the inference worker's thread to the window's

    def __init__(self, asker: Asker, tasks: Tasks, trainings: Trainings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asker, self._store, self._tasks, self._trainings = asker, asker.store, tasks, trainings
        self._questions = LiveQuestions(asker, self._on_answer, parent=self)
        self._asked: dict[str, _Asked] = {}
        self._libraries_loaded = False
        self._rest = QTimer(self, interval=REST_MILLISECONDS, singleShot=True)
        self._rest.timeout.connect(self._measure_missing)
        self._reported.connect(self._on_report)
        asker.stopped.connect(self._rest.stop)
        self._store.opened.connect(self._on_run)
        self._store.details_changed.connect(self._on_run)
        self._store.closed.connect(self._on_closed)

    def of(self, key: str) -> KeptFigures | None:
        """Return the figures of a run's present weights; None until they are known."""
        run = self._store.get(key)
        return None if run is None or key in self._trainings.running else run.current_figures

    def waiting_words(self, key: str) -> str:
        """Say why a run's figures are not known; "" where they are."""
        run, asked = self._store.get(key), self._asked.get(key)
        if run is None:
            return "the run is being opened"
        if self.of(key) is not None and (asked is None or not asked.importance_samples or asked.why_not):
            return ""
        if key in self._trainings.running:
            return "computed when training ends"
        if asked is not None and asked.step == run.step:
            if asked.why_not:
                return f"cannot be computed: {asked.why_not}"
            return f"being measured, {asked.per_cent} %"
        if run.dataset is None:
            return run.missing_data or "the data of the run is loading"
        return self._why_none(run)

    def is_measuring(self, key: str) -> bool:
        """Whether a run's figures are under way."""
        asked = self._asked.get(key)
        return asked is not None and not asked.why_not

    def can_measure(self, key: str) -> bool:
        """Whether a run's figures can be measured now."""
        run = self._store.get(key)
        return run is not None and run.dataset is not None and not self._why_none(run, own=True)

    def want(self, key: str) -> None:
        """Measure a run's figures now where there are none: someone looks for them."""
        run = self._store.get(key)
        if run is not None and self.of(key) is None and key not in self._asked and self.can_measure(key):
            self.measure(key, draws_unasked(run))

    def measure(self, key: str, importance_samples: int = IMPORTANCE_SAMPLES) -> None:
        """Measure a run's figures now, with so many draws for log p(x)."""
        if not self.can_measure(key):
            return
        run = self._store.runs[key]
        self._asked[key] = _Asked(run.step, importance_samples)
        if self._libraries_loaded:
            self._ask(run, importance_samples)
        else:
            self._tasks.do("libraries of the figures", lambda _: preload_libraries(), self._on_libraries)
        self.changed.emit(key)

    def _on_libraries(self, _: None) -> None:
        """Ask what waited for the libraries, which would have held up every other question."""
        self._libraries_loaded = True
        for key, asked in self._asked.items():
            if key in self._store.runs and not asked.why_not:
                self._ask(self._store.runs[key], asked.importance_samples)

    def _ask(self, run: OpenRun, importance_samples: int) -> None:
        self._questions.ask(
            MeasureFigures(
                run.key,
                importance_samples=importance_samples,
                corruption=Corruption.of_training(run.config.train),
                report=partial(self._reported.emit, run.key),
            )
        )

    def _why_none(self, run: OpenRun, *, own: bool = False) -> str:
        """Say why a run's figures are not measured by themselves, or where ``own``, at all."""
        if run.key in self._trainings.running:
            return "computed when training ends"
        if (model := self._asker.model(run.key)) is None or model.step != run.step:
            return "the run has no weights yet"
        if run.is_own and not own:
            return "not computed yet: figures of your own model are computed on request"
        return "" if own else "not computed yet"

    @Slot(str)
    def _on_run(self, key: str) -> None:
        asked, run = self._asked.get(key), self._store.get(key)
        if asked is not None and run is not None and asked.step != run.step:
            del self._asked[key]
        if not self._asker.is_stopped:
            self._rest.start()
        self.changed.emit(key)

    @Slot(str)
    def _on_closed(self, key: str) -> None:
        self._asked.pop(key, None)

    @Slot()
    def _measure_missing(self) -> None:
        """Measure the next run that has no figures, once nothing trains: a training has the cores for itself."""
        if self._trainings.running or any(self.is_measuring(key) for key in self._asked):
            return
        for run in list(self._store.runs.values()):
            if run.is_own or self.of(run.key) is not None or run.key in self._asked or not _has_split(run):
                continue
            if self.can_measure(run.key):
                self.measure(run.key, draws_unasked(run))
                return

    @Slot(str, int)
    def _on_report(self, key: str, per_cent: int) -> None:
        if key in self._asked:
            self._asked[key] = replace(self._asked[key], per_cent=per_cent)
            self.changed.emit(key)

    def _on_answer(self, answer: Answer) -> None:
        question = answer.question
        assert isinstance(question, MeasureFigures)
        key, run, asked = question.run, self._store.runs[question.run], self._asked.get(question.run)
        if asked is None or asked.importance_samples != question.importance_samples or answer.step != run.step:
            return
        if isinstance(answer.value, Unmeasured):
            self._asked[key] = replace(asked, why_not=answer.value.why)
        elif isinstance(answer.value, Figures):
            del self._asked[key]
            self._take(run, answer.value, question.importance_samples)
        self.changed.emit(key)
        self._rest.start()

    def _take(self, run: OpenRun, figures: Figures, importance_samples: int) -> None:
        """Show figures, and keep them with a run that is on disk."""
        self._store.set(run.key, figures=KeptFigures(figures, run.step, importance_samples, ""))
        if run.is_own:
            return
        path, step = run.path, run.step
        self._tasks.do(
            f"figures of {run.key}",
            lambda _: keep_figures(open_run(path), figures, step, importance_samples),
            self._on_kept,
        )

    def _on_kept(self, kept: KeptFigures) -> None:
        """Nothing more to do: what could not be written is in the log."""


def draws_unasked(run: OpenRun) -> int:
    """Return K of log p(x) where nobody asked for it: none for a large split, on which it takes a minute."""
    large = run.dataset is not None and len(run.dataset.splits.test) > SAMPLES_FOR_LIKELIHOOD
    return 0 if large else IMPORTANCE_SAMPLES


def _has_split(run: OpenRun) -> bool:
    return run.dataset is not None and len(run.dataset.splits.test) > 0

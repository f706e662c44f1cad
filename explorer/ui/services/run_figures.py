"""The figures of the open runs: read from the run, or measured in the background and kept with it.

1. A run that is opened or has ended its training starts the timer of `REST_MILLISECONDS`.
2. When nothing trains, `_measure_missing` chooses the next run without figures.
3. The first measurement loads scipy and scikit-learn in a task, since the worker would block while importing.
4. The worker measures and reports its progress by a signal; the answer is kept with the run.
5. The timer starts again for the next run.
"""

from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from explorer.data.corruption import Corruption
from explorer.jobs.queries.measure_figures import MeasureFigures, Unmeasured, preload_libraries
from explorer.jobs.runs.kept_figures import KeptFigures, keep_figures
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.latent.evaluation.evaluate import IMPORTANCE_SAMPLES
from explorer.latent.evaluation.figures import Figures
from explorer.runs.run_directory import open_run
from explorer.ui.services.trainings import Trainings
from explorer.ui.state.asker import Asker
from explorer.ui.state.live_question import LiveQuestions
from explorer.ui.state.rest_timer import RestTimer
from explorer.ui.state.tasks import Tasks

REST_MILLISECONDS = 1500
"""Time without a newly opened or changed run before automatic measurements begin: interaction comes first."""
SAMPLES_FOR_LIKELIHOOD = 1000
"""Largest test split for which log p(x) is measured automatically: it takes far longer than the rest."""


@dataclass(frozen=True)
class _Request:
    step: int
    importance_samples: int
    per_cent: int = 0
    why_not: str = ""


class RunFigures(QObject):
    """Holds the figures of the current weights of every open run, or the reason why there are none yet.

    Runs on disk are measured automatically when nothing trains. The user's own models, whose functions may be slow,
    are measured on request.

    Signals
    -------
    changed : str
        The key of a run whose figures, or the reason for having none, changed.
    """

    changed = Signal(str)
    _reported = Signal(str, int)  # emitted in the inference worker's thread, received in the window's

    def __init__(self, asker: Asker, tasks: Tasks, trainings: Trainings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asker, self._store, self._tasks, self._trainings = asker, asker.store, tasks, trainings
        self._questions = LiveQuestions(asker, self._on_answer, parent=self)
        self._requests: dict[str, _Request] = {}
        self._libraries_loaded = False
        self._rest = RestTimer(asker, REST_MILLISECONDS, self)
        self._rest.timeout.connect(self._measure_missing)
        self._reported.connect(self._on_report)
        self._store.opened.connect(self._on_run)
        self._store.details_changed.connect(self._on_run)
        self._store.closed.connect(self._on_closed)

    def of(self, key: str) -> KeptFigures | None:
        """Return the figures of a run's current weights; None until they are known."""
        run = self._store.get(key)
        return None if run is None or key in self._trainings.running else run.current_figures

    def waiting_words(self, key: str) -> str:
        """Return why a run's figures are not known; "" if they are."""
        run, request = self._store.get(key), self._requests.get(key)
        if run is None:
            return "the run is being opened"
        if self.of(key) is not None and (request is None or not request.importance_samples or request.why_not):
            return ""
        if key in self._trainings.running:
            return "measured when training ends"
        if request is not None and request.step == run.step:
            if request.why_not:
                return f"cannot be measured: {request.why_not}"
            return f"being measured, {request.per_cent} %"
        if run.dataset is None:
            return run.missing_data or "the data of the run is loading"
        return self._why_none(run)

    def is_measuring(self, key: str) -> bool:
        """Return whether a run's figures are being measured."""
        request = self._requests.get(key)
        return request is not None and not request.why_not

    def can_measure(self, key: str) -> bool:
        """Return whether a run's figures can be measured now."""
        run = self._store.get(key)
        return run is not None and run.dataset is not None and not self._why_none(run, on_request=True)

    def want(self, key: str) -> None:
        """Measure a run's figures now if there are none, for a dialog that shows them."""
        run = self._store.get(key)
        if run is not None and self.of(key) is None and key not in self._requests and self.can_measure(key):
            self.measure(key, draws_unasked(run))

    def measure(self, key: str, importance_samples: int = IMPORTANCE_SAMPLES) -> None:
        """Measure a run's figures now, with ``importance_samples`` draws per sample for log p(x)."""
        if not self.can_measure(key):
            return
        run = self._store.runs[key]
        # Note the request first: a second one while the libraries load must not start another computation.
        self._requests[key] = _Request(run.step, importance_samples)
        if self._libraries_loaded:
            self._ask(run, importance_samples)
        else:
            self._tasks.do("libraries of the figures", lambda _: preload_libraries(), self._on_libraries)
        self.changed.emit(key)

    def _on_libraries(self, _: None) -> None:
        """Ask the questions that waited for the libraries."""
        self._libraries_loaded = True
        for key, request in self._requests.items():
            if key in self._store.runs and not request.why_not:
                self._ask(self._store.runs[key], request.importance_samples)

    def _ask(self, run: OpenRun, importance_samples: int) -> None:
        self._questions.ask(
            MeasureFigures(
                run.key,
                importance_samples=importance_samples,
                corruption=Corruption.of_training(run.config.train),
                report=partial(self._reported.emit, run.key),
            )
        )

    def _why_none(self, run: OpenRun, *, on_request: bool = False) -> str:
        """Return why a run's figures are not measured automatically; ``on_request``, why they cannot be measured."""
        if run.key in self._trainings.running:
            return "measured when training ends"
        if (model := self._asker.model(run.key)) is None or model.step != run.step:
            return "the run has no weights yet"
        # The functions of such a model are the user's, and may take minutes or have side effects.
        if run.is_user_model and not on_request:
            return "not measured yet: figures of your own model are measured on request"
        return "" if on_request else "not measured yet"

    @Slot(str)
    def _on_run(self, key: str) -> None:
        request, run = self._requests.get(key), self._store.get(key)
        if request is not None and run is not None and request.step != run.step:
            del self._requests[key]
        self._rest.begin()
        self.changed.emit(key)

    @Slot(str)
    def _on_closed(self, key: str) -> None:
        self._requests.pop(key, None)

    @Slot()
    def _measure_missing(self) -> None:
        """Measure the next run without figures, unless a run trains: a training needs all cores."""
        if self._trainings.running or any(self.is_measuring(key) for key in self._requests):
            return
        for run in list(self._store.runs.values()):
            if run.is_user_model or self.of(run.key) is not None or run.key in self._requests or not _has_split(run):
                continue
            if self.can_measure(run.key):
                self.measure(run.key, draws_unasked(run))
                return  # one at a time; the next follows its answer

    @Slot(str, int)
    def _on_report(self, key: str, per_cent: int) -> None:
        if key in self._requests:
            self._requests[key] = replace(self._requests[key], per_cent=per_cent)
            self.changed.emit(key)

    def _on_answer(self, answer: Answer) -> None:
        question = answer.question
        assert isinstance(question, MeasureFigures)
        key, run, request = question.run, self._store.runs[question.run], self._requests.get(question.run)
        # While this was computed, the run was trained further or asked with other draws.
        if request is None or request.importance_samples != question.importance_samples or answer.step != run.step:
            return
        if isinstance(answer.value, Unmeasured):
            self._requests[key] = replace(request, why_not=answer.value.why)
        elif isinstance(answer.value, Figures):
            del self._requests[key]
            self._take(run, answer.value, question.importance_samples)
        self.changed.emit(key)
        self._rest.begin()

    def _take(self, run: OpenRun, figures: Figures, importance_samples: int) -> None:
        """Store figures in the run, and on disk unless the run is in memory only."""
        self._store.set(run.key, figures=KeptFigures(figures, run.step, importance_samples, ""))
        if run.is_user_model:
            return
        path, step = run.path, run.step
        self._tasks.do(
            f"figures of {run.key}",
            lambda _: keep_figures(open_run(path), figures, step, importance_samples),
            self._on_kept,
        )

    def _on_kept(self, kept: KeptFigures) -> None:
        """Do nothing: a failure to write is in the log."""


def draws_unasked(run: OpenRun) -> int:
    """Return the draws for log p(x) in an automatic measurement: 0 for a large split, where it takes a minute."""
    large = run.dataset is not None and len(run.dataset.splits.test) > SAMPLES_FOR_LIKELIHOOD
    return 0 if large else IMPORTANCE_SAMPLES


def _has_split(run: OpenRun) -> bool:
    return run.dataset is not None and len(run.dataset.splits.test) > 0

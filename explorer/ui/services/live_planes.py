"""Keeps the planes of the open runs up to date: decides when to embed which samples, with which projection.

1. `LivePlanes.prepare` chooses a share of the samples for the live plane of a training, in the background.
2. Each new model of a run that trains is asked for the codes of these samples, within a share of the time.
3. When a training pauses or ends, or the data of an opened run is loaded, `ask_whole` embeds all samples.
4. Answers are stored with the projection shown before, so that the plane does not turn.
5. While a frame of a run's replay is shown, answers are kept by `ReplayState` for later.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from explorer.jobs.queries.plane_questions import EmbedPlane
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.jobs.runs.train_run import TrainJob
from explorer.jobs.workers.inference import Answer
from explorer.jobs.workers.training_worker import TrainingWorker
from explorer.latent.codes.embedding import live_index
from explorer.latent.plane.projection import Projection, default_projection
from explorer.ui.services.replay_state import ReplayState
from explorer.ui.state.asker import Asker
from explorer.ui.state.live_question import LiveQuestions
from explorer.ui.state.tasks import Tasks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EMBED_SHARE = 0.1
"""Maximum share of the time for embedding the live plane during training."""
MIN_SECONDS = 0.1
"""Minimum seconds between two live planes: ten a second look continuous."""


class LivePlanes(QObject):
    """Embeds the samples of runs: some for each new model during training, all of them at rest.

    While a frame of a run's replay is shown, new codes are kept for later.
    """

    def __init__(
        self, asker: Asker, tasks: Tasks, training: TrainingWorker, replays: ReplayState, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store, self._tasks, self._training, self._replays = asker.store, tasks, training, replays
        self._index: dict[str, NDArray[np.int64]] = {}
        self._questions = LiveQuestions(
            asker,
            self._on_answer,
            self._live,
            share=EMBED_SHARE,
            rest=MIN_SECONDS,
            follows_weights=False,
            parent=self,
        )
        # Connected here, since `_live` decides by itself whether a run trains.
        self._store.weights_changed.connect(self._questions.refresh)
        self._store.changed.connect(self._on_changed)
        self._store.closed.connect(self._on_closed)

    def prepare(self, job: TrainJob) -> TrainJob:
        """Choose the samples of a job's live plane. Called in a background thread: large data takes a while."""
        self._index[str(job.run.path)] = live_index(job.dataset)
        return job

    def ask_whole(self, key: str) -> None:
        """Embed all samples of a run, unless it shows a frame of its replay."""
        run = self._store.get(key)
        if run is not None and key not in self._replays:
            self._questions.ask(EmbedPlane(key, None, _basis(run), reconstruct=True), supersedes=False)

    def refit(self, key: str) -> None:
        """Fit the projection of a run's plane to its current codes."""
        run = self._store.get(key)
        if run is not None and run.plane is not None:
            mean = run.plane.mean
            self._tasks.do(f"refit {key}", lambda _: default_projection(mean), lambda basis: self._on_refit(key, basis))

    def _live(self, key: str) -> EmbedPlane | None:
        """Return the question for the live plane of a run; None unless it trains and shows its newest weights."""
        run = self._store.get(key)
        if run is None or not self._trains(key) or key in self._replays:
            return None
        return EmbedPlane(key, self._index.get(key), _basis(run))

    def _trains(self, key: str) -> bool:
        return self._training.control(key) is not None

    @Slot(str, object, object)
    def _on_changed(self, key: str, old: OpenRun, new: OpenRun) -> None:
        if old.dataset is None and new.dataset is not None and not new.plane_is_current and not self._trains(key):
            self.ask_whole(key)

    @Slot(str)
    def _on_closed(self, key: str) -> None:
        self._index.pop(key, None)  # indices of large data take megabytes

    def _on_answer(self, answer: Answer) -> None:
        run, plane = self._store.runs[answer.question.run], answer.value
        if plane is None:
            return
        if run.key in self._replays:
            # An answer about an earlier model is out of date at the end of the replay.
            if answer.step >= run.step or self._trains(run.key):
                self._replays.keep_plane(run.key, plane)
        elif self._trains(run.key) or run.is_user_model or _is_news(run, plane):
            # The projection may have been refitted since the question.
            self._store.set(
                run.key, plane=plane if run.plane is None else _with_projection(plane, run.plane.projection)
            )

    def _on_refit(self, key: str, basis: Projection) -> None:
        run = self._store.get(key)
        if run is not None and run.plane is not None:
            self._store.set(key, plane=_with_projection(run.plane, basis))


def _basis(run: OpenRun) -> Projection | None:
    return None if run.plane is None else run.plane.projection


def _with_projection(plane: PlaneCodes, basis: Projection) -> PlaneCodes:
    return replace(plane, projection=basis)


def _is_news(run: OpenRun, plane: PlaneCodes) -> bool:
    """Return whether codes are of the run's current weights and at least as many as those shown."""
    shown = 0 if run.plane is None or not run.plane_is_current else len(run.plane.index)
    return plane.step == run.step and len(plane.index) >= shown

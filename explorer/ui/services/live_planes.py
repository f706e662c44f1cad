"""Keeps the planes of the open runs up to date: decides when to embed which samples, with which projection.

1. `LivePlanes.prepare` chooses a share of the samples for the live plane of a training, in the background.
2. Each new model of a run that trains is asked for the codes of these samples, within a share of the time. It begins
   with `FIRST_SAMPLES` of them, then takes more or fewer, so that a slow machine still shows about one plane a second.
3. When a training pauses or ends, the data of an opened run is loaded, or other weights are used, `ask_whole` embeds
   all samples.
4. Answers are stored with the projection shown before, so that the plane does not turn.
5. While a frame of a run's replay is shown, answers are kept by `ReplayState` for later.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Slot

from explorer.jobs.queries.plane_questions import EmbedPlane
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.jobs.runs.train_run import TrainJob
from explorer.jobs.workers.inference import Answer
from explorer.jobs.workers.training_worker import TrainingWorker
from explorer.latent.codes.embedding import live_index
from explorer.latent.plane.projection import Projection, default_projection
from explorer.session import Session, View
from explorer.ui.services.replay_state import ReplayState
from explorer.ui.state.asker import Asker
from explorer.ui.state.live_question import LiveQuestions
from explorer.ui.state.tasks import Tasks

EMBED_SHARE = 0.1
"""Maximum share of the time for embedding the live plane during training."""
MIN_SECONDS = 0.1
"""Minimum seconds between two live planes: ten a second look continuous."""
FIRST_SAMPLES, MIN_SAMPLES = 2_000, 500
"""Number of samples in the first live plane of a training, and the minimum number."""
QUICK, SLOW = 0.3, 1.5
"""Seconds between live planes below which the next one has twice as many samples, and above which half as many."""


class LivePlanes(QObject):
    """Embeds the samples of runs: some for each new model during training, all of them at rest.

    While a frame of a run's replay is shown, new codes are kept for later.
    """

    def __init__(
        self,
        session: Session,
        asker: Asker,
        tasks: Tasks,
        training: TrainingWorker,
        replays: ReplayState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._store, self._tasks, self._training, self._replays = asker.store, tasks, training, replays
        self._index: dict[str, NDArray[np.int64]] = {}
        self._counts: dict[str, int] = {}
        self._seconds: dict[str, float] = {}
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
        self._counts[str(job.run.path)] = FIRST_SAMPLES
        return job

    def ask_whole(self, key: str) -> None:
        """Embed all samples of a run, unless it shows a frame of its replay."""
        run = self._store.get(key)
        if run is not None and key not in self._replays:
            self._questions.ask(EmbedPlane(key, None, _basis(run), reconstruct=True), supersedes=False)

    def seconds_of(self, key: str) -> float:
        """Return how long encoding the samples of a run took the last time; 0 before the first."""
        return self._seconds.get(key, 0.0)

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
        return EmbedPlane(key, self._samples(key), _basis(run))

    def _samples(self, key: str) -> NDArray[np.int64] | None:
        """Return the samples of the next live plane: a random part, and those that are marked."""
        index = self._index.get(key)
        if index is None or len(index) <= self._counts[key]:
            return index
        kept = np.isin(index, _marked_samples(self._session.view))
        # The same order each time, so that a larger part holds the smaller ones.
        kept[np.random.default_rng(0).permutation(len(index))[: self._counts[key]]] = True
        return index[kept]

    def _adapt(self, key: str) -> None:
        """Choose the number of samples of the next live plane by the rest that the last one needs."""
        wait, count = self._questions.of(key).due_in, self._counts.get(key, 0)
        if wait > SLOW:
            self._counts[key] = max(MIN_SAMPLES, count // 2)
        elif wait < QUICK and key in self._index:
            self._counts[key] = min(len(self._index[key]), 2 * count)

    def _trains(self, key: str) -> bool:
        return self._training.control(key) is not None

    @Slot(str, object, object)
    def _on_changed(self, key: str, old: OpenRun, new: OpenRun) -> None:
        # Codes may be missing once the data is there, other weights are used, or a replay has ended.
        is_news = old.dataset is None or old.used is not new.used or old.shown_epoch is not None
        if is_news and new.dataset is not None and not new.plane_is_current and not self._trains(key):
            self.ask_whole(key)

    @Slot(str)
    def _on_closed(self, key: str) -> None:
        self._index.pop(key, None)  # indices of large data take megabytes
        self._counts.pop(key, None)
        self._seconds.pop(key, None)

    def _on_answer(self, answer: Answer) -> None:
        run, plane = self._store.runs[answer.question.run], answer.value
        if plane is None:
            return
        self._seconds[run.key] = answer.seconds
        if run.key in self._counts:
            self._adapt(run.key)
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


def _marked_samples(view: View) -> list[int]:
    """Return the samples whose points the user looks at: they move with the training, too."""
    places = () if view.path is None else view.path.waypoints
    found = (place.sample for place in (view.probe, *places) if place is not None)
    return [*view.selection, *(sample for sample in found if sample is not None)]


def _basis(run: OpenRun) -> Projection | None:
    return None if run.plane is None else run.plane.projection


def _with_projection(plane: PlaneCodes, basis: Projection) -> PlaneCodes:
    return replace(plane, projection=basis)


def _is_news(run: OpenRun, plane: PlaneCodes) -> bool:
    """Return whether codes are of the run's current weights and at least as many as those shown."""
    shown = 0 if run.plane is None or not run.plane_is_current else len(run.plane.index)
    return plane.step == run.step and len(plane.index) >= shown

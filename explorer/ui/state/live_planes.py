"""Keeps the planes of training runs alive: when to embed, and which samples."""

import time
from typing import TYPE_CHECKING

from explorer.jobs.queries.plane_questions import EmbedPlane
from explorer.jobs.runs.open_run import OpenRun, subject_of_snapshot
from explorer.jobs.runs.plane_codes import live_index
from explorer.jobs.runs.train_run import TrainJob
from explorer.jobs.workers.inference import Answer, InferenceWorker
from explorer.training.events import Snapshot

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EMBED_SHARE = 0.1
"""While training, embedding the live plane takes at most this share of the time."""
MIN_SECONDS = 0.1


class LivePlanes:
    """Hands each snapshot to the inference worker; asks for the plane no oftener than its share of the time allows."""

    def __init__(self, inference: InferenceWorker) -> None:
        self._inference = inference
        self._index: dict[str, NDArray[np.int64]] = {}
        self._asked: dict[str, float] = {}
        self._next: dict[str, float] = {}

    def prepare(self, job: TrainJob) -> TrainJob:
        """Choose the samples of a job's live plane; called in the background."""
        self._index[str(job.run.path)] = live_index(job.dataset)
        return job

    def note_snapshot(self, run: OpenRun, snapshot: Snapshot) -> None:
        """Take a new model, and embed the live plane with it when it is time."""
        self._inference.set_subject(subject_of_snapshot(run, snapshot))
        now = time.monotonic()
        if run.key not in self._asked and now >= self._next.get(run.key, 0.0):
            self._asked[run.key] = now
            projection = run.plane.projection if run.plane is not None else None
            self._inference.ask(EmbedPlane(run.key, "live", self._index.get(run.key), projection))

    def ask_whole(self, run: OpenRun) -> None:
        """Embed every sample of a run."""
        projection = run.plane.projection if run.plane is not None else None
        self._inference.ask(EmbedPlane(run.key, "live", None, projection, reconstruct=True))

    def note_answer(self, answer: Answer) -> None:
        """Learn how long embedding took, or failing to, and wait so long that it keeps to its share."""
        asked = self._asked.pop(answer.question.run, None)
        if asked is not None:
            now = time.monotonic()
            self._next[answer.question.run] = now + max(MIN_SECONDS, (now - asked) * (1 / EMBED_SHARE - 1))

    def forget(self, key: str) -> None:
        """Drop what is known of a run; an answer to what was asked about it will not come."""
        for known in (self._index, self._asked, self._next):
            known.pop(key, None)

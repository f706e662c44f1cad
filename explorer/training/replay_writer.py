"""Writes the frames of a training's replay in a thread of its own, so that the training hardly waits for them.

1. At the start, frames on disk that the resumed training will write again are deleted.
2. At a planned step the loop copies the weights to the CPU, and `keep` puts the copy in a queue of two. If the queue is
   full, the training waits.
3. The thread takes a copy, rebuilds the model from it, encodes the fixed sample, and writes weights and codes to one
   file.
4. The loop collects the written frames by `new_frames` and reports them.
5. `close` writes what is left and ends the thread.

The replay is optional: if a frame cannot be written, the replay ends with a message in ``problem`` and the training
continues.
"""

import logging
import threading
from collections.abc import Mapping
from queue import Queue
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from explorer.config import RunConfig
from explorer.data.dataset import Dataset
from explorer.latent.codes.embedding import embed, live_index
from explorer.models import catalog
from explorer.models.latent_model import LatentModel
from explorer.runs.replay import FrameCodes, ReplayFrame, drop_frames, write_frame
from explorer.runs.run_directory import RunDirectory
from explorer.training.devices import use_threads
from explorer.training.replay_plan import plan_replay, reusable_frames

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LOG = logging.getLogger(__name__)
WAITING = 2
"""Maximum number of copies of the weights in the queue."""


class ReplayWriter:
    """Writes frames from copies of the weights; its thread runs from the first frame to `close`.

    ``problem`` is empty, or a phrase on why the replay ended early.

    Parameters
    ----------
    resumed_from
        The step from which the training resumes, or −1 for a new training.
    """

    def __init__(
        self, run: RunDirectory, config: RunConfig, dataset: Dataset, model: LatentModel, resumed_from: int
    ) -> None:
        self.problem = ""
        self._run, self._config, self._dataset = run, config, dataset
        self._embeds = model.capabilities.encoder
        self._index: NDArray[np.int64] | None = None
        self._queue: Queue[tuple[int, float, dict[str, Tensor]] | None] = Queue(WAITING)
        self._lock = threading.Lock()
        self._kept: list[ReplayFrame] = []
        self._thread: threading.Thread | None = None
        self._steps = frozenset(plan_replay(config, dataset, model.state_dict(), model.capabilities).steps)
        self._drop(resumed_from)

    def wants(self, step: int) -> bool:
        """Return whether a frame is planned after ``step`` steps."""
        return step in self._steps and not self.problem

    def keep(self, step: int, epoch: float, weights: Mapping[str, Tensor]) -> None:
        """Queue a frame with ``weights``, copies on the CPU; weights with NaN or infinity are not kept."""
        if not all(bool(torch.isfinite(tensor).all()) for tensor in weights.values()):
            return
        if self._thread is None:
            # Not a daemon: Python must not exit in the middle of a file.
            self._thread = threading.Thread(target=self._work, name="replay", daemon=False)
            self._thread.start()
        self._queue.put((step, epoch, dict(weights)))

    def new_frames(self) -> tuple[ReplayFrame, ...]:
        """Return the frames written since the last call."""
        with self._lock:
            frames, self._kept = tuple(self._kept), []
        return frames

    def close(self) -> None:
        """Write the queued frames and end the thread."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _drop(self, resumed_from: int) -> None:
        kept = self._run.replay.frames
        wanted = reusable_frames((frame.step for frame in kept), self._steps, resumed_from)
        try:
            drop_frames(frame for frame in kept if frame.step not in wanted)
        except OSError as error:
            self.problem = _phrase(error)

    def _work(self) -> None:
        use_threads(1)  # the training uses the others
        while (job := self._queue.get()) is not None:
            if self.problem:  # keep emptying the queue, so that the training never waits for it
                continue
            try:
                self._write(*job)
            except OSError as error:
                self.problem = _phrase(error)
            except Exception as error:  # an error of any model ends the replay, but never the training
                LOG.exception("writing step %d to the replay of %s", job[0], self._run.path)
                self.problem = f"{type(error).__name__}: {error}"

    def _write(self, step: int, epoch: float, weights: Mapping[str, Tensor]) -> None:
        codes = self._codes(weights) if self._embeds else None
        frame = write_frame(self._run.replay_folder, step, epoch, weights, codes)
        with self._lock:
            self._kept.append(frame)

    def _codes(self, weights: Mapping[str, Tensor]) -> FrameCodes:
        if self._index is None:
            self._index = live_index(self._dataset)
        # A model of its own: the training's changes while this thread encodes.
        model = catalog.restore(self._config.model, self._dataset.description, weights).eval().requires_grad_(False)
        found = embed(model, self._dataset, self._index)
        return FrameCodes(found.index, found.mean, found.log_variance, found.scale_tril)


def _phrase(error: OSError) -> str:
    return f"it cannot be written ({error.strerror or error})"

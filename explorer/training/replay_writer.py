"""Keeps frames of a training for its replay, in a thread beside it: embedding and writing cost it next to nothing."""

import logging
import threading
from collections.abc import Mapping
from queue import Queue
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from explorer.config import RunConfig
from explorer.data.dataset import Dataset
from explorer.latent.codes.embedding import embed
from explorer.latent.codes.live_sample import live_index
from explorer.models import catalog
from explorer.models.latent_model import LatentModel
from explorer.runs.replay import Frame, FrameCodes, drop_frames, write_frame
from explorer.runs.run_directory import RunDirectory
from explorer.training.devices import use_threads
from explorer.training.replay_plan import plan_replay, still_wanted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LOG = logging.getLogger(__name__)
WAITING = 2
"""So many copies of the weights wait at most; then the training waits for the writer."""


class ReplayWriter:
    """Takes copies of the weights at the planned steps; its thread lives from the first frame to `close`.

    A replay that cannot be written ends, and the training goes on: ``problem`` then says why in a phrase.

    Parameters
    ----------
    resumed_from
        The step that the training goes on from; what was kept after it is dropped. −1: it starts anew.
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
        self._kept: list[Frame] = []
        self._thread: threading.Thread | None = None
        self._steps = frozenset(plan_replay(config, dataset, model.state_dict(), model.capabilities).steps)
        self._drop(resumed_from)

    def wants(self, step: int) -> bool:
        """Whether a frame is to be kept after so many steps."""
        return step in self._steps and not self.problem

    def keep(self, step: int, epoch: float, weights: Mapping[str, Tensor]) -> None:
        """Keep a frame; ``weights`` are copies on the CPU. Weights that are no numbers are left out."""
        if not all(bool(torch.isfinite(tensor).all()) for tensor in weights.values()):
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="replay", daemon=False)
            self._thread.start()
        self._queue.put((step, epoch, dict(weights)))

    def news(self) -> tuple[Frame, ...]:
        """Return the frames that were written since the last call."""
        with self._lock:
            frames, self._kept = tuple(self._kept), []
        return frames

    def close(self) -> None:
        """Write what waits, and end the thread."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _drop(self, resumed_from: int) -> None:
        kept = self._run.replay.frames
        wanted = still_wanted((frame.step for frame in kept), self._steps, resumed_from)
        try:
            drop_frames(frame for frame in kept if frame.step not in wanted)
        except OSError as error:
            self.problem = _phrase(error)

    def _work(self) -> None:
        use_threads(1)  # the training has the others
        while (waiting := self._queue.get()) is not None:
            if self.problem:
                continue
            try:
                self._write(*waiting)
            except OSError as error:
                self.problem = _phrase(error)
            except Exception as error:  # whatever a model raises costs the replay, never the training
                LOG.exception("keeping step %d of %s for its replay", waiting[0], self._run.path)
                self.problem = f"{type(error).__name__}: {error}"

    def _write(self, step: int, epoch: float, weights: Mapping[str, Tensor]) -> None:
        codes = self._codes(weights) if self._embeds else None
        frame = write_frame(self._run.replay_folder, step, epoch, weights, codes)
        with self._lock:
            self._kept.append(frame)

    def _codes(self, weights: Mapping[str, Tensor]) -> FrameCodes:
        if self._index is None:
            self._index = live_index(self._dataset)
        model = catalog.restore(self._config.model, self._dataset.description, weights).eval().requires_grad_(False)
        found = embed(model, self._dataset, self._index)
        return FrameCodes(found.index, found.mean, found.log_variance, found.scale_tril)


def _phrase(error: OSError) -> str:
    return f"it cannot be written ({error.strerror or error})"

"""Keeps a training on disk: when to save, what was best, and never a broken checkpoint."""

import math
import time

import torch
from torch import nn

from explorer.config import RunConfig, config_to_json
from explorer.models.latent_model import LatentModel
from explorer.runs.checkpoint import Checkpoint
from explorer.runs.history import Metric
from explorer.runs.run_directory import RunDirectory
from explorer.training.optimizer import Optimizers, optimizer_state


class Checkpointer:
    """Saves one model and its optimizers into one run.

    The best weights by validation loss wait in memory for the next save, so that an epoch that takes milliseconds
    does not wait for the disk; a kill loses nothing, as a resumed run finds them again.
    """

    def __init__(
        self,
        run: RunDirectory,
        config: RunConfig,
        model: LatentModel,
        optimizers: Optimizers,
        save_seconds: float,
        resumed: Checkpoint | None,
    ) -> None:
        self._run = run
        self._config = config_to_json(config)
        self._model = model
        self._optimizers = optimizers
        self._save_seconds = save_seconds
        self._last_save = time.monotonic()
        self._best_loss = math.inf if resumed is None or resumed.best_loss is None else resumed.best_loss
        self._best_step = None if resumed is None else resumed.best_step
        self._unsaved_best: Checkpoint | None = None

    def note_validation(self, metric: Metric) -> None:
        """Keep the present weights if they are the best so far; no family without a loss that ranks them has any."""
        if not self._model.has_validation_loss:
            return
        if metric.terms["total"] < self._best_loss:
            self._best_loss, self._best_step = metric.terms["total"], metric.step
            self._unsaved_best = self._checkpoint(metric.step)

    @property
    def due(self) -> bool:
        """Whether the last save is long enough ago."""
        return time.monotonic() - self._last_save >= self._save_seconds

    def save(self, step: int, *, final: bool = False) -> bool:
        """Write the present weights; weights that are not finite are never written, and False is given."""
        if not self._weights_are_finite():
            return False
        self._run.save_checkpoint(self._checkpoint(step), best=self._unsaved_best, final=final)
        self._unsaved_best = None
        self._last_save = time.monotonic()
        return True

    def save_best(self) -> None:
        """Write the best weights, if they wait: what is left of a run whose present weights are broken."""
        if self._unsaved_best is not None:
            self._run.save_best(self._unsaved_best)
            self._unsaved_best = None

    def _checkpoint(self, step: int) -> Checkpoint:
        return Checkpoint(
            step=step,
            config=self._config,
            weights=copy_weights(self._model),
            optimizer=optimizer_state(self._optimizers, self._model),
            best_loss=None if math.isinf(self._best_loss) else self._best_loss,
            best_step=self._best_step,
        )

    def _weights_are_finite(self) -> bool:
        return all(bool(torch.isfinite(tensor).all()) for tensor in self._model.state_dict().values())


def copy_weights(model: nn.Module) -> dict[str, torch.Tensor]:
    """Return a copy of all weights on the CPU."""
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in model.state_dict().items()}

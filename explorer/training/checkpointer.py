"""Decides when to save a training and which weights were best, and refuses to save broken weights.

1. After each validation, `note_validation` copies the weights if their loss is the lowest so far. The copy waits in
   memory, so that an epoch of a few milliseconds does not wait for the disk.
2. `due` is True once ``save_seconds`` have passed since the last save.
3. `save` checks that all weights are finite, then writes the current checkpoint and the waiting best one. The
   current one also has the sums of the losses that are not logged yet.
4. If the loss becomes NaN, `save_best` writes the best weights that still wait.

A process that is killed loses only the steps since the last save: the resumed training takes them again, with the same
random numbers, and finds the same best weights.
"""

import math
import time
from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor, nn

from explorer.config import RunConfig, config_to_json
from explorer.models.latent_model import LatentModel
from explorer.runs.checkpoint import Checkpoint
from explorer.runs.history import Metric
from explorer.runs.run_directory import RunDirectory
from explorer.training.optimizer import Optimizers, optimizer_state


class Checkpointer:
    """Saves one model and its optimizers to one run."""

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
        """Keep a copy of the weights if their validation loss is the lowest so far."""
        if not self._model.has_validation_loss:  # a GAN's loss does not rank its weights, so none of them is best
            return
        if metric.terms["total"] < self._best_loss:
            self._best_loss, self._best_step = metric.terms["total"], metric.step
            self._unsaved_best = self._checkpoint(metric.step)  # a copy: the weights move on

    @property
    def best_step(self) -> int | None:
        """The step with the lowest validation loss so far; None before the first validation."""
        return self._best_step

    @property
    def due(self) -> bool:
        """Whether it is time to save again."""
        return time.monotonic() - self._last_save >= self._save_seconds

    def save(self, step: int, averages: Mapping[str, Tensor], *, final: bool = False) -> bool:
        """Write the current weights and return True; return False, and write nothing, if any weight is not finite."""
        if not self._weights_are_finite():
            return False
        checkpoint = replace(self._checkpoint(step), averages=averages)
        self._run.save_checkpoint(checkpoint, best=self._unsaved_best, final=final)
        self._unsaved_best = None
        self._last_save = time.monotonic()
        return True

    def save_best(self) -> None:
        """Write the best weights if they wait in memory; called when the current weights are broken."""
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


def copy_weights(model: nn.Module) -> dict[str, Tensor]:
    """Return a copy of all weights and buffers on the CPU."""
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in model.state_dict().items()}

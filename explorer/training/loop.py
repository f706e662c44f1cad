"""The training loop: a plain generator of events; whoever runs it may stop it, and the weights do not depend on who."""

import math
import time
from collections.abc import Iterator

import torch

from explorer.config import RunConfig
from explorer.data.dataset import Dataset
from explorer.models import catalog
from explorer.models.latent_model import LatentModel, Losses
from explorer.runs.checkpoint import Checkpoint
from explorer.runs.history import Metric
from explorer.training.averages import Averages
from explorer.training.batches import Batches
from explorer.training.context import Context
from explorer.training.events import Event, Finished, Held, Progress, Snapshot
from explorer.training.keeper import Keeper, copy_weights
from explorer.training.optimizer import build_optimizer, load_optimizer_state
from explorer.training.randomness import generator
from explorer.training.validation import Validation

LOGGED_PER_EPOCH = 20
PROGRESS_SECONDS = 0.05
COPY_SHARE = 0.02
"""Copying weights for the views takes at most this share of the time."""


def train(config: RunConfig, dataset: Dataset, context: Context) -> Iterator[Event]:
    """Train a model, from the run's newest checkpoint on if it has one.

    Parameters
    ----------
    config
        Resolved: its model section has no "auto" left (see `explorer.models.catalog.resolve`).
    context
        Device, run directory, control.

    Yields
    ------
    Progress
        At most 20 a second, losses in nats per sample.
    Snapshot
        Copies of the weights, if the context wants them.
    Held
        While the control pauses; the caller waits a moment and asks again.
    Finished
        Once, the last; the run is saved by then.
    """
    torch.set_num_threads(context.threads)
    training = _Training(config, dataset, context)
    try:
        yield from training.run()
    except torch.OutOfMemoryError:
        yield training.fail(f"{context.device} is out of memory; train on the CPU (device cpu) or with a smaller batch")


class _Training:
    def __init__(self, config: RunConfig, dataset: Dataset, context: Context) -> None:
        self._config, self._context = config, context
        checkpoint = context.run.newest_checkpoint()
        self._model = _build_model(config, dataset, checkpoint).to(context.device)
        self._optimizer = build_optimizer(self._model, config.train)
        if checkpoint is not None:
            load_optimizer_state(self._optimizer, self._model, checkpoint.optimizer)
            context.run.append_resumed(checkpoint.step)
        self._batches = Batches(dataset, config.train, context.device, context.rank, context.world_size)
        self._validation = Validation(dataset, config.train.seed, self._model.latent_dim, context.device)
        self._keeper = Keeper(
            context.run, config, self._model, self._optimizer, context.save_seconds, resumed=checkpoint
        )
        self._step = checkpoint.step if checkpoint is not None else 0
        self._averages = Averages()
        self._pending: list[Metric] = []
        self._clock = _Clock()
        self._holding = False

    def run(self) -> Iterator[Event]:
        self._context.run.set_status("training")
        if self._step == 0:
            self._validate()
        yield from self._report(force=True)
        while self._step < self._steps:
            verdict = self._context.control.verdict(self._step // self._batches.steps_per_epoch)
            if verdict == "stop":
                yield from self._stop()
                return
            if verdict == "hold":
                yield from self._hold()
                continue
            self._holding = False
            self._take_step()
            if (problem := self._after_step()) is not None:
                yield self.fail(problem)
                return
            yield from self._report(force=False)
        if not self._keeper.save(self._step, final=True):
            yield self.fail(self._nan_reason())
            return
        yield from self._report(force=True)
        self._context.run.set_status("finished")
        yield Finished("finished", self._step)

    def fail(self, reason: str) -> Finished:
        self._keeper.save_best()
        self._flush()
        self._context.run.set_status("failed", reason)
        return Finished("failed", self._step, reason)

    @property
    def _steps(self) -> int:
        return self._config.train.epochs * self._batches.steps_per_epoch

    @property
    def _epoch(self) -> float:
        return self._step / self._batches.steps_per_epoch

    def _take_step(self) -> None:
        batch = self._batches.inputs(self._step)
        noise = self._batches.noise(self._step, self._model.latent_dim)
        losses = self._losses(batch, noise)
        self._optimizer.zero_grad(set_to_none=True)
        losses.total.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        self._averages.add(losses, len(batch))
        self._clock.samples += len(batch)
        self._step += 1

    def _losses(self, batch: torch.Tensor, noise: torch.Tensor) -> Losses:
        if self._config.train.precision == "float32":
            return self._model.losses(batch, noise)
        with torch.autocast(self._context.device.type, dtype=torch.bfloat16):
            return self._model.losses(batch, noise)

    def _after_step(self) -> str | None:
        """Log, validate and save where the step asks for it; give what went wrong."""
        position = self._step % self._batches.steps_per_epoch
        log_every = math.ceil(self._batches.steps_per_epoch / LOGGED_PER_EPOCH)
        if position == 0 or position % log_every == 0:
            metric = self._averages.take(self._step, self._epoch, "train")
            if not math.isfinite(metric.terms["total"]):
                return self._nan_reason()
            self._pending.append(metric)
            if position == 0:
                self._validate()
            if self._keeper.due and not self._keeper.save(self._step):
                return self._nan_reason()
        return None

    def _validate(self) -> None:
        metric = self._validation.metric(self._model, self._step, self._epoch)
        if math.isfinite(metric.terms["total"]):
            self._pending.append(metric)
            self._keeper.note_validation(metric)

    def _hold(self) -> Iterator[Event]:
        if not self._holding:
            self._holding = True
            yield from self._report(force=True)
        yield Held()

    def _stop(self) -> Iterator[Event]:
        if not self._keeper.save(self._step):
            yield self.fail(self._nan_reason())
            return
        yield from self._report(force=True)
        self._context.run.set_status("stopped")
        yield Finished("stopped", self._step)

    def _report(self, *, force: bool) -> Iterator[Event]:
        if force or self._clock.progress_due:
            metrics = self._flush()
            train = self._config.train
            speed = self._clock.samples_per_second()
            yield Progress(self._step, self._steps, self._epoch, train.epochs, speed, metrics)
        if self._context.snapshots and self._clock.snapshot_due(force):
            started = time.monotonic()
            snapshot = Snapshot(self._step, self._epoch, copy_weights(self._model))
            self._clock.note_copy(time.monotonic() - started)
            yield snapshot

    def _flush(self) -> tuple[Metric, ...]:
        metrics, self._pending = tuple(self._pending), []
        if metrics:
            self._context.run.append_metrics(metrics)
        return metrics

    def _nan_reason(self) -> str:
        return (
            f"the loss is no longer a number at step {self._step}; the last good checkpoint is kept. "
            f"Try a smaller learning rate than {self._config.train.learning_rate:g}"
        )


class _Clock:
    """When to report, and how fast the training is."""

    def __init__(self) -> None:
        self.samples = 0
        self._since = time.monotonic()
        self._speed = 0.0
        self._last_progress = -math.inf
        self._next_snapshot = -math.inf

    @property
    def progress_due(self) -> bool:
        return time.monotonic() - self._last_progress >= PROGRESS_SECONDS

    def samples_per_second(self) -> float:
        now = self._last_progress = time.monotonic()
        if now - self._since >= 0.5:
            self._speed = self.samples / (now - self._since)
            self.samples, self._since = 0, now
        return self._speed

    def snapshot_due(self, force: bool) -> bool:
        return force or time.monotonic() >= self._next_snapshot

    def note_copy(self, seconds: float) -> None:
        self._next_snapshot = time.monotonic() + max(PROGRESS_SECONDS, seconds / COPY_SHARE)


def _build_model(config: RunConfig, dataset: Dataset, checkpoint: Checkpoint | None) -> LatentModel:
    if checkpoint is None:
        return catalog.build(config.model, dataset.description, generator(config.train.seed, "initial weights"))
    return catalog.restore(config.model, dataset.description, checkpoint.weights)

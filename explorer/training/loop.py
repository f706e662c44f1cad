"""The training loop: a plain generator of events; whoever runs it may stop it, and the weights do not depend on who."""

import errno
import math
import re
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch

from explorer.config import RunConfig
from explorer.data.dataset import Dataset
from explorer.models import catalog
from explorer.models.latent_model import Batch, LatentModel, Losses
from explorer.runs.checkpoint import Checkpoint
from explorer.runs.history import Metric
from explorer.runs.run_directory import RunDirectory
from explorer.training.averages import Averages
from explorer.training.batches import Batches, training_index
from explorer.training.checkpointer import Checkpointer, copy_weights
from explorer.training.clock import Clock
from explorer.training.context import Context
from explorer.training.devices import use_threads
from explorer.training.events import Event, Finished, Held, Kept, Progress, Snapshot
from explorer.training.optimizer import build_optimizers, load_optimizer_state, set_learning_rate
from explorer.training.randomness import generator
from explorer.training.replay_writer import ReplayWriter
from explorer.training.schedules import learning_rate
from explorer.training.validation import Validation

LOGGED_PER_EPOCH = 20
NOT_A_NUMBER = "the loss is no longer a number"
"""How the reason of a run begins that failed by it."""
_OUT_OF_MEMORY = re.compile("out of memory|can't allocate memory|not enough memory", re.IGNORECASE)


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
    Kept
        What came into the run's replay meanwhile.
    Held
        While the control pauses; the caller waits a moment and asks again.
    Finished
        Once, the last; the run is saved by then. A full disk or a device out of memory end it as "failed".

    Raises
    ------
    RunError, DataError
        When the run has checkpoints and none can be used, or there is nothing to train on.
    """
    training = None
    try:
        use_threads(context.threads)
        training = _Training(config, dataset, context)
        yield from training.run()
        return
    except (OSError, RuntimeError, MemoryError) as error:
        reason = _known_failure(error, context)
        if reason is None:
            raise
    finally:
        if training is not None:
            training.close()
    # Not in the handler: it would keep the failed step's tensors alive.
    yield _failed(context, training, reason)


class _Training:
    def __init__(self, config: RunConfig, dataset: Dataset, context: Context) -> None:
        self._config, self._context = config, context
        checkpoint = context.run.newest_checkpoint()
        self._model = _build_model(config, dataset, context.run, checkpoint).to(context.device)
        self._optimizers = build_optimizers(self._model, config.train)
        if checkpoint is not None:
            load_optimizer_state(self._optimizers, self._model, checkpoint.optimizer)
        self._starts_anew = checkpoint is None
        self._step = 0 if checkpoint is None else checkpoint.step
        context.run.append_resumed(-1 if checkpoint is None else checkpoint.step)
        noise_shape = self._model.noise_shape
        self._batches = Batches(dataset, config.train, noise_shape, context.device)
        self._validation = Validation(dataset, config.train, noise_shape, context.device)
        self._keeper = Checkpointer(
            context.run, config, self._model, self._optimizers, context.save_seconds, resumed=checkpoint
        )
        resumed_from = -1 if checkpoint is None else checkpoint.step
        self._replay = ReplayWriter(context.run, config, dataset, self._model, resumed_from)
        self._averages = Averages()
        self._pending: list[Metric] = []
        self._written = 0
        self._clock = Clock()
        self._holding = False

    def run(self) -> Iterator[Event]:
        self._context.run.set_status("training")
        if self._starts_anew:
            self._validate()
            self._keep_frame()
        yield from self._report(force=True)
        while self._step < self._steps:
            verdict = self._context.control.next_action(self._step // self._batches.steps_per_epoch)
            if verdict == "stop":
                yield from self._end("stopped")
                return
            if verdict == "hold":
                yield from self._hold()
                continue
            self._holding = False
            use_threads(self._context.threads)  # another run may have taken its turn in this thread
            starts_epoch = self._step % self._batches.steps_per_epoch == 0
            self._clock.begin_step(self._context.control.pace, first_of_epoch=starts_epoch)
            self._take_step()
            if not self._log() or (self._keeper.due and not self._save()):
                yield _failed(self._context, self, self._nan_reason())
                return
            self._keep_frame()
            yield from self._report(force=False)
        yield from self._end("finished")

    @property
    def step(self) -> int:
        return self._step

    def rescue(self) -> None:
        """Write what is still good when the training has failed."""
        self._write_curves()
        self._keeper.save_best()

    def close(self) -> None:
        """End the thread that keeps the replay."""
        self._replay.close()

    @property
    def _steps(self) -> int:
        return self._config.train.epochs * self._batches.steps_per_epoch if self._model.trained_by_steps else 0

    @property
    def _epoch(self) -> float:
        return self._step / self._batches.steps_per_epoch

    def _take_step(self) -> None:
        batch = self._batches.batch(self._step)
        set_learning_rate(
            self._optimizers, learning_rate(self._config.train, self._step, self._batches.steps_per_epoch)
        )
        losses = self._play(batch)
        self._averages.add(losses, len(batch))
        self._clock.end_step(len(batch))
        self._step += 1

    def _play(self, batch: Batch) -> Losses:
        """Let each player move its weights in its turn."""
        turns = self._model.optimizer_steps(batch)
        while True:
            try:
                with self._precision():
                    player, loss = next(turns)
            except StopIteration as end:
                losses: Losses = end.value
                return losses
            optimizer = self._optimizers[player]
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()

    def _precision(self) -> AbstractContextManager[object]:
        if self._config.train.precision == "float32":
            return nullcontext()
        return torch.autocast(self._context.device.type, dtype=torch.bfloat16)

    def _log(self) -> bool:
        """Log and validate where the step asks for it; False is given when the loss is no longer a number."""
        position = self._step % self._batches.steps_per_epoch
        log_every = math.ceil(self._batches.steps_per_epoch / LOGGED_PER_EPOCH)
        if position == 0 or position % log_every == 0:
            metric = self._averages.take(self._step, self._epoch, "train")
            if not math.isfinite(metric.terms["total"]):
                return False
            self._pending.append(metric)
            if position == 0:
                self._validate()
        return True

    def _save(self, *, final: bool = False) -> bool:
        self._write_curves()  # first: what a checkpoint stands for is never missing from the curves
        return self._keeper.save(self._step, final=final)

    def _validate(self) -> None:
        if len(self._validation) == 0:
            return
        metric = self._validation.metric(self._model, self._step, self._epoch)
        if math.isfinite(metric.terms["total"]):
            self._pending.append(metric)
            self._keeper.note_validation(metric)

    def _hold(self) -> Iterator[Event]:
        if not self._holding:
            self._holding = True
            control = self._context.control
            if control.paused or control.pace != "epoch":  # the wait for the next epoch is part of that pace
                self._clock.restart()
            yield from self._report(force=True)
        yield from self._report_frames()
        yield Held()

    def _end(self, status: Literal["finished", "stopped"]) -> Iterator[Event]:
        if not self._save(final=status == "finished"):
            yield _failed(self._context, self, self._nan_reason())
            return
        yield from self._report(force=True)
        self._replay.close()
        yield from self._report_frames()
        reason = f"the replay ends early: {self._replay.problem}" if self._replay.problem else ""
        self._context.run.set_status(status, reason)
        yield Finished(status, self._step, reason)

    def _report(self, *, force: bool) -> Iterator[Event]:
        if force or self._clock.progress_due:
            metrics = self._flush()
            train = self._config.train
            self._clock.note_progress()
            speed, left = self._clock.samples_per_second, self._clock.seconds_left(self._steps - self._step)
            yield Progress(self._step, self._steps, self._epoch, train.epochs, speed, metrics, left)
        if self._context.snapshots and self._clock.snapshot_due(force):
            started = time.monotonic()
            snapshot = Snapshot(self._step, self._epoch, copy_weights(self._model))
            self._clock.note_copy(time.monotonic() - started)
            yield snapshot
        yield from self._report_frames()

    def _report_frames(self) -> Iterator[Event]:
        if frames := self._replay.news():
            yield Kept(frames)

    def _keep_frame(self) -> None:
        if self._replay.wants(self._step):
            self._replay.keep(self._step, self._epoch, copy_weights(self._model))

    def _flush(self) -> tuple[Metric, ...]:
        self._write_curves()
        metrics, self._pending, self._written = tuple(self._pending), [], 0
        return metrics

    def _write_curves(self) -> None:
        if self._written < len(self._pending):
            self._context.run.append_metrics(self._pending[self._written :])
            self._written = len(self._pending)

    def _nan_reason(self) -> str:
        return (
            f"{NOT_A_NUMBER} at step {self._step}; the last good checkpoint is kept. "
            f"Try a smaller learning rate than {self._config.train.learning_rate:g}"
        )


def _build_model(config: RunConfig, dataset: Dataset, run: RunDirectory, checkpoint: Checkpoint | None) -> LatentModel:
    if checkpoint is not None:
        return run.restore(checkpoint)
    model = catalog.build(config.model, dataset.description, generator(config.train.seed, "initial weights"))
    model.fit(dataset, training_index(dataset, config.train))
    return model


def _known_failure(error: Exception, context: Context) -> str | None:
    """Say what stopped the training, if it is nothing that the program is to blame for."""
    if isinstance(error, OSError):
        return (
            f"the run cannot be saved in {context.run.path} ({error.strerror or error}); "
            f"its last checkpoint is kept: {_cure(error)}, then resume the run"
        )
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or _OUT_OF_MEMORY.search(str(error)):
        offer = "" if context.device.type == "cpu" else "on the CPU (device cpu), "
        return f"{context.device} is out of memory; train {offer}with a smaller batch or a smaller model"
    return None


def _cure(error: OSError) -> str:
    return "make room there" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "see that the folder can be written"


def _failed(context: Context, training: _Training | None, reason: str) -> Finished:
    try:
        context.run.set_status("failed", reason)
        if training is not None:
            training.rescue()
    except OSError as error:
        reason = f"{reason}; not all of it could be written down ({error.strerror or error})"
    return Finished("failed", 0 if training is None else training.step, reason)

"""The training loop: a generator of events. The weights do not depend on who consumes it, or how fast.

1. Build the model, or restore it and its optimizers from the run's newest checkpoint. Closed-form families fit their
   weights here.
2. Validate the initial weights and keep the first frame of the replay.
3. Before each step ask the control: take the step, wait (yield `Held`), or stop.
4. Take the step: draw its batch, set the learning rate, and move the weights of each parameter group in turn. Only
   then is the model in training mode, in which batches are normalized by their own statistics.
5. Log the mean training losses about 20 times an epoch, and validate after each epoch. A NaN loss ends the training.
6. Save a checkpoint every ``save_seconds``. The curves are appended first, so that no checkpoint is ahead of them.
7. Keep a frame of the replay at the planned steps, and yield `Progress`, `Snapshot` and `Kept` when they are due.
8. At the end, or early if the validation loss has not become lower for ``train.patience`` epochs, save the final
   checkpoint, wait for the replay, write the status, and yield `Finished`.

A full disk or a device out of memory end the run as "failed" with its last good checkpoint; other errors are raised.
"""

import errno
import math
import re
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from typing import Literal

import torch

from explorer.config import RunConfig
from explorer.data.dataset import Dataset
from explorer.models import catalog
from explorer.models.latent_model import Batch, LatentModel, Losses
from explorer.models.layers import dropouts
from explorer.runs.checkpoint import Checkpoint, step_of
from explorer.runs.history import Metric
from explorer.runs.run_directory import RunDirectory
from explorer.training.batches import Batches, training_index
from explorer.training.checkpointer import Checkpointer, copy_weights
from explorer.training.control import Clock, Context
from explorer.training.devices import use_threads
from explorer.training.early_stopping import EarlyStopping
from explorer.training.events import Event, Finished, Held, Kept, Progress, Snapshot
from explorer.training.optimizer import build_optimizers, learning_rate, load_optimizer_state, set_learning_rate
from explorer.training.randomness import generator
from explorer.training.replay_writer import ReplayWriter
from explorer.training.validation import Averages, Validation

LOGGED_PER_EPOCH = 20
"""Approximate number of training losses logged per epoch."""
NOT_A_NUMBER = "the loss is no longer a number"
"""Prefix of `Finished.reason` when the loss is NaN."""
_CANNOT_SAVE = "the run cannot be saved"
_CURES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "Free some space"),
    errno.EFBIG: "Raise the limit of the size of a file (ulimit -f)",
    errno.ENOENT: "Put the folder back",
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "Make the folder writable"),
}
_OUT_OF_MEMORY = re.compile("out of memory|can't allocate memory|not enough memory", re.IGNORECASE)


def train(config: RunConfig, dataset: Dataset, context: Context) -> Iterator[Event]:
    """Train a model, starting from the run's newest checkpoint if it has one.

    Parameters
    ----------
    config
        A resolved config: its model section has no "auto" left (see `explorer.models.catalog.resolve`).
    context
        Device, run directory and control.

    Yields
    ------
    Progress
        At most 20 times a second, with losses in nats per sample.
    Snapshot
        Copies of the weights, if the context asks for them.
    Kept
        New frames of the run's replay.
    Held
        While the control pauses the training; the caller should wait a moment before the next event.
    Finished
        Once, as the last event, after the run has been saved. Its status is "failed" if the disk is full, the device
        is out of memory or the loss is NaN.

    Raises
    ------
    RunError, DataError
        If the run has checkpoints but none is usable, or if the training split is empty.
    """
    training = None
    try:
        use_threads(context.threads)
        training = _Training(config, dataset, context)
        yield from training.run()
        return
    except (OSError, RuntimeError, MemoryError) as error:
        failure = _known_failure(error, context)
        if failure is None:
            raise
    finally:
        if training is not None:
            training.close()
    # Outside of the handler, which would keep the tensors of the failed step alive.
    yield _failed(context, training, failure)


class _Training:
    """The state of one call of `train`."""

    def __init__(self, config: RunConfig, dataset: Dataset, context: Context) -> None:
        self._config, self._context = config, context
        checkpoint = context.run.newest_checkpoint()
        self._model = _build_model(config, dataset, context.run, checkpoint).to(context.device)
        self._dropouts = dropouts(self._model)
        self._optimizers = build_optimizers(self._model, config.train)
        if checkpoint is not None:
            load_optimizer_state(self._optimizers, self._model, checkpoint.optimizer)
        self._is_new = checkpoint is None
        self._step = 0 if checkpoint is None else checkpoint.step
        # What was logged after the checkpoint belongs to steps that are taken again.
        context.run.append_resumed(-1 if checkpoint is None else checkpoint.step)
        noise_shape = self._model.noise_shape
        self._batches = Batches(dataset, config.train, noise_shape, context.device)
        self._validation = Validation(dataset, config.train, noise_shape, context.device)
        self._checkpointer = Checkpointer(
            context.run, config, self._model, self._optimizers, context.save_seconds, resumed=checkpoint
        )
        resumed_from = -1 if checkpoint is None else checkpoint.step
        self._replay = ReplayWriter(context.run, config, dataset, self._model, resumed_from)
        self._early_stopping = EarlyStopping(config, self._batches.steps_per_epoch)
        self._averages = Averages()
        if checkpoint is not None:  # else the first point after it would be the mean of fewer steps
            self._averages.load(checkpoint.averages, context.device)
        self._pending: list[Metric] = []
        self._written = 0  # how many of the pending metrics are on disk
        self._clock = Clock()
        self._seconds_before = _seconds_until(context.run, resumed_from)
        self._holding = False

    def run(self) -> Iterator[Event]:
        """Train to the end, or until the control stops the training; see `train` for the events."""
        self._context.run.set_status("training")
        if self._is_new:
            self._validate()
            self._keep_frame()
        yield from self._report(force=True)
        while self._step < self._steps and not self._ends_early:
            action = self._context.control.next_action(self._step // self._batches.steps_per_epoch)
            if action == "stop":
                yield from self._end("stopped")
                return
            if action == "hold":
                yield from self._hold()
                continue
            self._holding = False
            use_threads(self._context.threads)  # another run in this thread may have changed it between two events
            starts_epoch = self._step % self._batches.steps_per_epoch == 0
            self._clock.begin_step(self._context.control.pace, first_of_epoch=starts_epoch)
            self._take_step()
            # A loss that is still finite may have left weights that are not: `_save` refuses those.
            if not self._log() or (self._checkpointer.due and not self._save()):
                yield _failed(self._context, self, self._nan_failure())
                return
            self._keep_frame()
            yield from self._report(force=False)
        yield from self._end("finished")

    @property
    def step(self) -> int:
        """The number of steps taken."""
        return self._step

    def rescue(self) -> None:
        """Write the curves and the best weights after the training has failed."""
        self._write_curves()
        self._checkpointer.save_best()

    def close(self) -> None:
        """End the thread that writes the replay."""
        self._replay.close()

    @property
    def _steps(self) -> int:
        return self._config.train.epochs * self._batches.steps_per_epoch if self._model.trained_by_steps else 0

    @property
    def _ends_early(self) -> bool:
        return self._early_stopping.is_due(self._step, self._checkpointer.best_step)

    @property
    def _epoch(self) -> float:
        return self._step / self._batches.steps_per_epoch

    def _take_step(self) -> None:
        batch = self._batches.batch(self._step)
        set_learning_rate(
            self._optimizers, learning_rate(self._config.train, self._step, self._batches.steps_per_epoch)
        )
        self._seed_dropout()
        # A single sample has no variance: it is normalized by the running averages, which it leaves unchanged.
        self._set_mode(training=len(batch) > 1)
        losses = self._update_weights(batch)
        self._averages.add(losses, len(batch))
        self._clock.end_step(len(batch))
        self._step += 1

    def _seed_dropout(self) -> None:
        """Seed the dropout layers for the step; they share one generator."""
        if self._dropouts:
            numbers = generator(self._config.train.seed, "dropout", self._step)
            for layer in self._dropouts:
                layer.generator = numbers

    def _set_mode(self, *, training: bool) -> None:
        if self._model.training != training:  # setting it visits every layer
            self._model.train(training)

    def _update_weights(self, batch: Batch) -> Losses:
        """Take one optimizer step for each parameter group, and return the losses to log."""
        # A generator, as the loss of a GAN's generator is computed after the discriminator's weights have moved.
        steps = self._model.optimizer_steps(batch)
        while True:
            try:
                with self._precision():
                    group, loss = next(steps)
            except StopIteration as end:
                losses: Losses = end.value
                return losses
            optimizer = self._optimizers[group]
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()

    def _precision(self) -> AbstractContextManager[object]:
        if self._config.train.precision == "float32":
            return nullcontext()
        return torch.autocast(self._context.device.type, dtype=torch.bfloat16)

    def _log(self) -> bool:
        """Log and validate if the step is one of those; return False if the loss is NaN or infinite."""
        position = self._step % self._batches.steps_per_epoch
        log_every = math.ceil(self._batches.steps_per_epoch / LOGGED_PER_EPOCH)
        if position == 0 or position % log_every == 0:
            metric = self._averages.take(self._step, self._epoch, "train")
            if not math.isfinite(metric.terms["total"]):
                return False
            self._pending.append(self._timed(metric))
            if position == 0:
                self._validate()
        return True

    def _save(self, *, final: bool = False) -> bool:
        self._write_curves()  # first, so that the curves are never behind the checkpoint
        return self._checkpointer.save(self._step, self._averages.state(), final=final)

    def _validate(self) -> None:
        if len(self._validation) == 0:
            return
        self._set_mode(training=False)
        metric = self._validation.metric(self._model, self._step, self._epoch)
        if math.isfinite(metric.terms["total"]):
            self._checkpointer.note_validation(metric)
            if self._ends_early:  # only known once the loss is
                metric = self._validation.with_log_likelihood(metric, self._model)
            self._pending.append(self._timed(metric))

    def _timed(self, metric: Metric) -> Metric:
        return replace(metric, seconds=round(self._seconds_before + self._clock.seconds, 3))

    def _hold(self) -> Iterator[Event]:
        if not self._holding:
            self._holding = True
            control = self._context.control
            if control.paused or control.pace != "epoch":  # at the pace "epoch" the wait counts as training time
                self._clock.restart()
            yield from self._report(force=True)
        yield from self._report_frames()
        yield Held()

    def _end(self, status: Literal["finished", "stopped"]) -> Iterator[Event]:
        if not self._save(final=status == "finished"):
            yield _failed(self._context, self, self._nan_failure())
            return
        yield from self._report(force=True)
        self._replay.close()
        yield from self._report_frames()
        reason = self._reason(status)
        self._context.run.set_status(status, reason)
        yield Finished(status, self._step, reason)

    def _reason(self, status: Literal["finished", "stopped"]) -> str:
        """Return why the training ended before its last step, and what is missing; "" for a complete training."""
        parts = []
        if status == "finished" and self._step < self._steps:
            parts.append(self._early_stopping.reason(self._step, self._checkpointer.best_step))
        if self._replay.problem:
            parts.append(f"the replay ends early: {self._replay.problem}")
        return "; ".join(parts)

    def _report(self, *, force: bool) -> Iterator[Event]:
        if force or self._clock.progress_due:
            metrics = self._flush()
            train = self._config.train
            self._clock.note_progress()
            # A training that has ended early has no steps left.
            steps = self._step if self._ends_early else self._steps
            speed, left = self._clock.samples_per_second, self._clock.seconds_left(steps - self._step)
            may_end_early = self._early_stopping.is_on
            yield Progress(self._step, steps, self._epoch, train.epochs, speed, metrics, left, may_end_early)
        # Copying a large model takes longer than a step; the clock keeps it to a small share of the time.
        if self._context.snapshots and self._clock.snapshot_due(force):
            started = time.monotonic()
            snapshot = Snapshot(self._step, self._epoch, copy_weights(self._model))
            self._clock.note_copy(time.monotonic() - started)
            yield snapshot
        yield from self._report_frames()

    def _report_frames(self) -> Iterator[Event]:
        if frames := self._replay.new_frames():
            yield Kept(frames)

    def _keep_frame(self) -> None:
        if self._replay.wants(self._step):
            self._replay.keep(self._step, self._epoch, copy_weights(self._model))

    def _flush(self) -> tuple[Metric, ...]:
        self._write_curves()
        # Written before they are reported, so that no view shows what a crash would lose.
        metrics, self._pending, self._written = tuple(self._pending), [], 0
        return metrics

    def _write_curves(self) -> None:
        if self._written < len(self._pending):
            self._context.run.append_metrics(self._pending[self._written :])
            self._written = len(self._pending)

    def _nan_failure(self) -> tuple[str, str]:
        advice = f"Try a smaller learning rate than {self._config.train.learning_rate:g}"
        return f"{NOT_A_NUMBER} at step {self._step}", advice


def _seconds_until(run: RunDirectory, step: int) -> float:
    """Return the time that the training had taken at a step; 0 if it is not known."""
    times = [metric.seconds for metric in run.history.metrics if metric.step <= step] if step > 0 else []
    return times[-1] or 0.0 if times else 0.0


def _build_model(config: RunConfig, dataset: Dataset, run: RunDirectory, checkpoint: Checkpoint | None) -> LatentModel:
    if checkpoint is not None:
        return run.restore(checkpoint)
    model = catalog.build(config.model, dataset.description, generator(config.train.seed, "initial weights"))
    model.fit(dataset, training_index(dataset, config.train))
    return model


def _known_failure(error: Exception, context: Context) -> tuple[str, str] | None:
    """Return what failed and what to do, if it is the disk or the device's memory; None for any other error."""
    if isinstance(error, OSError):
        cure = _CURES.get(error.errno or 0, "Check the disk and the folder")
        return f"{_CANNOT_SAVE} ({error.strerror or error})", f"{cure}, then resume the run"
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or _OUT_OF_MEMORY.search(str(error)):
        offer = "" if context.device.type == "cpu" else "on the CPU (device cpu), "
        return f"{context.device} is out of memory", f"Train {offer}with a smaller batch or a smaller model"
    return None


def _failed(context: Context, training: _Training | None, failure: tuple[str, str]) -> Finished:
    """Save what can still be saved, and write the reason: what failed, what is kept, what to do."""
    what, advice = failure
    try:
        if training is not None:
            training.rescue()
    except OSError as error:
        # If saving itself has failed, this is no news.
        if not what.startswith(_CANNOT_SAVE):
            what = f"{what}, and {_CANNOT_SAVE} completely ({error.strerror or error})"
    reason = f"{what}; {_kept_words(context.run)}. {advice}"
    # Where even this is impossible, the checkpoint and the caller still know.
    with suppress(OSError):
        context.run.set_status("failed", reason)
    return Finished("failed", 0 if training is None else training.step, reason)


def _kept_words(run: RunDirectory) -> str:
    paths = run.checkpoint_paths()
    if paths:
        return f"its last checkpoint, of step {step_of(paths[-1]):,}, is kept"
    return "no weights were saved, so resuming starts from the beginning"

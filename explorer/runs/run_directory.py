"""The directory of one run, which exists from step 0 on, so that a crash loses at most the last seconds.

``run.json``
    Written once: config, description of the data, machine, versions. It makes a folder a run.
``state.json``
    Status, step and the names of the newest, best and final checkpoint; replaced atomically.
``step-00001234.safetensors``
    Checkpoints: the last three, the best and the final one (see `explorer.runs.checkpoint`).
``metrics.jsonl``, ``latents.npz``, ``figures.json``, ``names.json``, ``data.npz``, ``replay/``
    Curves, codes, figures, many names of samples, data from memory and replay, each in a module of its own.

Saving a checkpoint:

1. Write the waiting best checkpoint, if it is another step than the current one.
2. Write the current checkpoint.
3. Write ``state.json`` with the new names.
4. Delete the checkpoints that are no longer needed.

A process killed between two of these steps leaves a run that opens: ``state.json`` then names older files that still
exist, and the newest checkpoint knows which one was best.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import filelock

from explorer.assets import shipped_runs
from explorer.config import ConfigError, RunConfig
from explorer.data.dataset import description_from_json
from explorer.data.reading.limits import CLASS_NAMES
from explorer.models import catalog
from explorer.models.latent_model import LatentModel
from explorer.runs.checkpoint import (
    Checkpoint,
    CheckpointHeader,
    checkpoint_name,
    checkpoint_paths,
    first_readable,
    read_headers,
    settled,
    step_of,
    write_checkpoint,
)
from explorer.runs.files import RunError, path_inside, remove_parts, replace_json
from explorer.runs.history import History, Metric, append_metrics, append_resumed, read_history, steps_per_epoch
from explorer.runs.latents import Latents, read_latents, write_latents
from explorer.runs.replay import Replay, read_replay
from explorer.runs.run_group import RunGroup, group_from_json
from explorer.runs.run_json import config_values, machine_from_json, read_config, read_header, read_names
from explorer.runs.state import (
    RunState,
    Status,
    current_status,
    lock_of,
    read_state,
    why_no_weights,
    with_best,
    write_state,
)
from explorer.runs.weights_choice import (
    BEST,
    FINAL,
    CurrentStatus,
    RunWeights,
    WeightsChoice,
    kept_weights,
    lacking_weights,
    pick,
)

if TYPE_CHECKING:
    from explorer.data.dataset import Description

KEPT_CHECKPOINTS = 3
"""Number of newest checkpoints to keep, besides the best and the final one."""


class RunDirectory:
    """One run on disk; `explorer.runs.run_folders.create_run` creates one and `open_run` opens one.

    ``short_description`` may lack the names of the samples; it is read without their file.
    """

    def __init__(self, path: Path, header: Mapping[str, Any], *, read_only: bool = False) -> None:
        self.path = path
        self.read_only = read_only
        self.header = header
        self.config: RunConfig = read_config(header["config"], path)
        self.short_description: Description = description_from_json(header["data"])
        CLASS_NAMES.check(len(self.short_description.class_names), path, "the number of classes is")
        self.machine = machine_from_json(header["machine"])
        self.group: RunGroup | None = group_from_json(header.get("group"))

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @cached_property
    def description(self) -> "Description":
        """What is known about the data.

        Raises
        ------
        RunError
            If the run has many names of samples, and their file cannot be read.
        """
        count = self.header["data"].get("names", 0)
        return (
            replace(self.short_description, sample_names=read_names(self.path, count))
            if count
            else self.short_description
        )

    @property
    def state(self) -> RunState:
        """The state of the run, read from disk; if state.json is damaged, it is inferred from the checkpoints."""
        return read_state(self.path)

    @property
    def status(self) -> CurrentStatus:
        """The status now, which differs from that of the state after a crash."""
        return current_status(self.path, self.state)

    def set_status(self, status: Status, reason: str = "") -> None:
        """Write the status of the run; while the run is new or training, this process is its owner."""
        write_state(self.path, replace(self.state, status=status, reason=reason))

    def acquire(self) -> filelock.BaseFileLock:
        """Acquire the lock that every writer of the run must hold; the caller releases it.

        Raises
        ------
        RunError
            If another process trains this run, it is read-only, or a file that is written leads out of its folder.
        """
        if self.read_only:
            raise RunError(f"{self.path}: this run is read-only; train a new run with its settings")
        lock, folders = lock_of(self.path), (self.path, self.replay_folder)
        try:
            lock.acquire()
        except filelock.Timeout as error:
            owner = self.state.owner
            # A lock file cannot say who holds it; state.json can.
            who = f"process {owner.process} on {owner.host}" if owner else "another program"
            raise RunError(f"{self.path}: {who} is training this run; wait for it or stop it first") from error
        for folder in folders:
            # Safe only now: with the lock held, no other process writes to the run.
            remove_parts(folder)
        return lock

    def set_config(self, config: RunConfig) -> None:
        """Replace the config of the run, to train it further."""
        self.header = {**self.header, "config": config_values(config, self.path)}
        replace_json(self.path / "run.json", self.header)
        self.config = config

    def save_checkpoint(self, checkpoint: Checkpoint, *, best: Checkpoint | None = None, final: bool = False) -> Path:
        """Write a checkpoint and the state, then delete checkpoints that are no longer needed.

        Parameters
        ----------
        best
            The best checkpoint so far, if it is not on disk yet.
        final
            Whether the training is complete.
        """
        if best is not None and best.step != checkpoint.step:
            write_checkpoint(self.path / checkpoint_name(best.step), best)
        name = checkpoint_name(checkpoint.step)
        write_checkpoint(self.path / name, checkpoint)
        state = self.state
        state = replace(state, newest=name, final=name if final else state.final, step=checkpoint.step)
        write_state(self.path, with_best(self.path, state, checkpoint))
        self._prune()
        return self.path / name

    def save_best(self, best: Checkpoint) -> Path:
        """Write the best checkpoint of a run whose current weights are broken; it need not be the newest."""
        write_checkpoint(self.path / checkpoint_name(best.step), best)
        newest = self.checkpoint_paths()[-1]
        state = replace(self.state, newest=newest.name, step=step_of(newest))
        write_state(self.path, with_best(self.path, state, best))
        return self.path / checkpoint_name(best.step)

    def checkpoint_paths(self) -> list[Path]:
        """Return the paths of the checkpoints, oldest first."""
        return checkpoint_paths(self.path)

    def newest_checkpoint(self) -> Checkpoint | None:
        """Read the newest checkpoint that is not damaged; None if there are no checkpoints.

        Raises
        ------
        RunError
            If there are checkpoints and all of them are damaged.
        """
        return settled(self.path, lambda: first_readable(reversed(self.checkpoint_paths()), self._weights_of_model()))

    def kept_weights(self) -> tuple[RunWeights, ...]:
        """Return the weights that the run keeps, oldest first, without those whose file is damaged."""
        headers, damaged = read_headers(self.path)  # one listing for all, as a training may save meanwhile
        newest = max([*(header.step for header in headers), *(step_of(Path(name)) for name in damaged)], default=0)
        per_epoch, epochs = steps_per_epoch(self.path / "metrics.jsonl"), self.config.train.epochs
        return kept_weights(headers, newest, self._best_step(headers), self.status, per_epoch, epochs)

    def weights_of(self, choice: WeightsChoice = FINAL) -> RunWeights:
        """Return which weights a choice means, from the headers of the checkpoints.

        Raises
        ------
        RunError
            If the run does not have them; the message lists those that it has.
        """
        return settled(self.path, lambda: self._weights_of(choice))

    def checkpoint_of(self, choice: WeightsChoice = FINAL) -> tuple[Checkpoint, RunWeights]:
        """Read the chosen weights; if the newest are damaged, the final ones are those before them.

        Raises
        ------
        RunError
            If the run does not have them, or they are damaged.
        """
        return settled(self.path, lambda: self._checkpoint_of(choice))

    def load_model(self, weights: WeightsChoice = FINAL) -> tuple[LatentModel, int]:
        """Rebuild the model on the CPU, in evaluation mode, and return it with the step of its weights.

        Raises
        ------
        RunError
            If the run does not have the weights, or they are damaged or do not match the config.
        """
        checkpoint, _ = self.checkpoint_of(weights)
        return self.model_of(checkpoint), checkpoint.step

    def model_of(self, checkpoint: Checkpoint) -> LatentModel:
        """Rebuild the model of a checkpoint on the CPU, in evaluation mode."""
        return self.restore(checkpoint).eval().requires_grad_(False)

    def restore(self, checkpoint: Checkpoint) -> LatentModel:
        """Rebuild the model of a checkpoint on the CPU.

        Raises
        ------
        RunError
            If the checkpoint does not match the config.
        """
        try:
            return catalog.restore(self.config.model, self.description, checkpoint.weights)
        except ConfigError as error:
            raise RunError(f"{self.path}: the checkpoint does not match the run's config: {error}") from error

    def append_metrics(self, metrics: Sequence[Metric]) -> None:
        """Append metrics to the curves."""
        append_metrics(self.path / "metrics.jsonl", metrics)

    def append_resumed(self, step: int) -> None:
        """Record in the curves, if they exist, that the training resumes from ``step``, or starts over (−1)."""
        if (self.path / "metrics.jsonl").exists():
            append_resumed(self.path / "metrics.jsonl", step)

    @property
    def history(self) -> History:
        """The curves, read from disk."""
        try:
            return read_history(self.path / "metrics.jsonl", self.config.model.latent_dim)
        except OSError as error:
            raise RunError(f"{self.path / 'metrics.jsonl'}: cannot be read ({error.strerror})") from error

    def save_latents(self, latents: Latents) -> None:
        """Write the codes of all samples."""
        write_latents(self.path / "latents.npz", latents)

    def latents(self) -> Latents | None:
        """Read the codes of all samples; None if the run has none yet."""
        path = self.path / "latents.npz"
        return read_latents(path) if path.exists() else None

    @property
    def replay_folder(self) -> Path:
        """The folder of the replay's frames.

        Raises
        ------
        RunError
            If it leads out of the run: a training writes and deletes frames in it.
        """
        path_inside(self.path / "replay", self.path)
        return self.path / "replay"

    @property
    def replay(self) -> Replay:
        """The replay, read from disk."""
        return read_replay(self.replay_folder)

    def _weights_of(self, choice: WeightsChoice) -> RunWeights:
        kept = self.kept_weights()
        if not kept:
            raise RunError(f"{self.path}: {why_no_weights(self.path, self.status)}")
        found = pick(choice, kept)
        if found is None:
            raise self._error_of(choice, kept)
        return found

    def _checkpoint_of(self, choice: WeightsChoice) -> tuple[Checkpoint, RunWeights]:
        chosen, kept = self._weights_of(choice), self.kept_weights()
        older = [one for one in reversed(kept) if one.step < chosen.step] if choice == FINAL else []
        usable = {one.step: one for one in (chosen, *older)}
        try:
            paths = (self.path / checkpoint_name(step) for step in usable)
            checkpoint = first_readable(paths, self._weights_of_model())
        except RunError as error:
            if choice == FINAL:
                raise
            raise self._error_of(choice, [one for one in kept if one.step != chosen.step]) from error
        assert checkpoint is not None  # there is at least the chosen one
        return checkpoint, replace(usable[checkpoint.step], choice=choice)

    def _weights_of_model(self) -> int:
        try:
            return catalog.count_weights(self.config.model, self.description)
        except ConfigError as error:
            raise RunError(f"{self.path}: its model cannot be built: {error}") from error

    def _error_of(self, choice: WeightsChoice, kept: Sequence[RunWeights]) -> RunError:
        step = choice.step if choice != BEST else self._best_step(read_headers(self.path)[0])
        file = None if step is None else self.path / checkpoint_name(step)
        return lacking_weights(choice, self.path, file, kept, "" if file is not None else self._why_no_best())

    def _best_step(self, headers: Sequence[CheckpointHeader]) -> int | None:
        """Return the step of the best checkpoint, even if its file is damaged or missing."""
        # A process may be killed before it writes the state; then the newest checkpoint knows a later best step.
        recorded = [step_of(Path(self.state.best))] if self.state.best else []
        recorded += [header.best_step for header in headers[-1:] if header.best_step is not None]
        return max(recorded, default=None)

    def _why_no_best(self) -> str:
        family = catalog.family(self.config.model.family)
        if not family.model_type.has_validation_loss:
            return f"the validation loss of a {family.short_title} does not tell which weights are better"
        return "no validation loss was measured"

    def _prune(self) -> None:
        state, paths = self.state, self.checkpoint_paths()
        # Older checkpoints stay as a fallback in case the newest file is damaged.
        kept = {state.best, state.final, state.newest, *(path.name for path in paths[-KEPT_CHECKPOINTS:])}
        for path in paths:
            if path.name not in kept:
                path.unlink(missing_ok=True)


def open_run(path: Path) -> RunDirectory:
    """Open a run directory; no code from it is executed.

    Raises
    ------
    RunError
        If the folder is not a run, or its run.json is damaged or has another format.
    """
    file = path / "run.json"
    header = read_header(path)
    try:
        catalog.load_plugins()  # the family may come from a plug-in
        return RunDirectory(path, header, read_only=_is_read_only(path))
    except KeyError as error:
        raise RunError(f"{file}: damaged, {error} is missing") from error
    except (AttributeError, OverflowError, TypeError, ValueError) as error:
        raise RunError(f"{file}: {error}") from error


def _is_read_only(path: Path) -> bool:
    return not os.access(path, os.W_OK) or path.resolve() in {shipped.resolve() for shipped in shipped_runs()}

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

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import filelock

from explorer.assets import shipped_runs
from explorer.config import ConfigError, RunConfig
from explorer.data.dataset import description_from_json
from explorer.models import catalog
from explorer.models.latent_model import LatentModel
from explorer.runs.checkpoint import (
    Checkpoint,
    checkpoint_name,
    checkpoint_paths,
    first_readable,
    read_headers,
    settled,
    step_of,
    write_checkpoint,
)
from explorer.runs.files import RunError, remove_parts, replace_json
from explorer.runs.history import History, Metric, append_metrics, append_resumed, read_history, steps_per_epoch
from explorer.runs.latents import Latents, read_latents, write_latents
from explorer.runs.replay import Replay, read_replay
from explorer.runs.run_group import RunGroup, group_from_json
from explorer.runs.run_json import config_values, read_config, read_names
from explorer.runs.state import (
    WORKED_ON,
    CurrentStatus,
    RunState,
    Status,
    current_status,
    state_from_json,
    state_to_json,
    this_process,
)
from explorer.runs.weights_choice import FINAL, RunWeights, WeightsChoice, kept_weights, pick

if TYPE_CHECKING:
    from explorer.data.dataset import Description

FORMAT_VERSION = 1
KEPT_CHECKPOINTS = 3
"""Number of newest checkpoints to keep, besides the best and the final one."""
MAX_THREADS = 1024
"""Maximum of ``machine.threads`` in a readable run.json."""


@dataclass(frozen=True)
class Machine:
    """What the weights depend on besides the config; ``threads`` is the number in use, never 0."""

    device: str = "cpu"
    threads: int = 1
    precision: str = "float32"


def _machine_from_json(value: Mapping[str, Any]) -> Machine:
    machine = Machine(**value)
    for name, wanted in (("device", str), ("threads", int), ("precision", str)):
        if type(getattr(machine, name)) is not wanted:
            raise ValueError(f"machine.{name} is {getattr(machine, name)!r}")
    if not 1 <= machine.threads <= MAX_THREADS:
        raise ValueError(f"machine.threads is {machine.threads}; it must lie between 1 and {MAX_THREADS}")
    return machine


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
        self.machine = _machine_from_json(header["machine"])
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
        try:
            return state_from_json(json.loads((self.path / "state.json").read_text(encoding="utf-8")))
        except FileNotFoundError:
            return RunState()
        except OSError as error:
            raise RunError(f"{self.path / 'state.json'}: cannot be read ({error.strerror})") from error
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            return self._state_from_checkpoints()

    @property
    def status(self) -> CurrentStatus:
        """The status now, which differs from that of the state after a crash."""
        return current_status(self.path, self.state)

    def set_status(self, status: Status, reason: str = "") -> None:
        """Write the status of the run; while the run is new or training, this process is its owner."""
        self._write_state(replace(self.state, status=status, reason=reason))

    def acquire(self) -> filelock.BaseFileLock:
        """Acquire the lock that every writer of the run must hold; the caller releases it.

        Raises
        ------
        RunError
            If another process trains this run, or the run is read-only.
        """
        if self.read_only:
            raise RunError(f"{self.path}: this run is read-only; train a new run with its settings")
        # The lock belongs to the process, not to the thread that acquired it, so that any thread may release it.
        lock = filelock.FileLock(self.path / ".lock", timeout=0, thread_local=False)
        try:
            lock.acquire()
        except filelock.Timeout as error:
            owner = self.state.owner
            # A lock file cannot say who holds it; state.json can.
            who = f"process {owner.process} on {owner.host}" if owner else "another program"
            raise RunError(f"{self.path}: {who} is training this run; wait for it or stop it first") from error
        for folder in (self.path, self.replay_folder):
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
        self._write_state(self._with_best(state, checkpoint))
        self._prune()
        return self.path / name

    def save_best(self, best: Checkpoint) -> Path:
        """Write the best checkpoint of a run whose current weights are broken; it need not be the newest."""
        write_checkpoint(self.path / checkpoint_name(best.step), best)
        newest = self.checkpoint_paths()[-1]
        self._write_state(self._with_best(replace(self.state, newest=newest.name, step=step_of(newest)), best))
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
        return settled(self.path, lambda: first_readable(reversed(self.checkpoint_paths())))

    def kept_weights(self) -> tuple[RunWeights, ...]:
        """Return the weights that the run keeps, oldest first, without those whose file is damaged."""
        per_epoch, state = steps_per_epoch(self.path / "metrics.jsonl"), self.state
        best, final = (None if name is None else step_of(Path(name)) for name in (state.best, state.final))
        newest = max(map(step_of, self.checkpoint_paths()), default=0)  # it may be damaged
        return kept_weights(read_headers(self.path), newest, best, final, per_epoch, self.config.train.epochs)

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
            return read_history(self.path / "metrics.jsonl")
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
        """The folder of the replay's frames."""
        return self.path / "replay"

    @property
    def replay(self) -> Replay:
        """The replay, read from disk."""
        return read_replay(self.replay_folder)

    def _weights_of(self, choice: WeightsChoice) -> RunWeights:
        kept = self.kept_weights()
        if not kept:
            first_readable(reversed(self.checkpoint_paths()))  # says how they are damaged, if there are any
            raise RunError(f"{self.path}: has no checkpoint yet; resume the run to train it")
        try:
            return pick(choice, kept, self._why_no_best())
        except ConfigError as error:
            in_replay = choice.kind == "step" and (self.replay_folder / checkpoint_name(choice.step)).exists()
            rounded = "; the replay has this step, but rounded to 16 bits" if in_replay else ""
            raise RunError(f"{self.path}: {error}{rounded}") from error

    def _checkpoint_of(self, choice: WeightsChoice) -> tuple[Checkpoint, RunWeights]:
        chosen = self._weights_of(choice)
        older = [one for one in reversed(self.kept_weights()) if one.step < chosen.step] if choice == FINAL else []
        usable = {one.step: one for one in (chosen, *older)}
        checkpoint = first_readable(self.path / checkpoint_name(step) for step in usable)
        assert checkpoint is not None  # there is at least the chosen one
        return checkpoint, replace(usable[checkpoint.step], choice=choice)

    def _why_no_best(self) -> str:
        family = catalog.family(self.config.model.family)
        if not family.model_type.has_validation_loss:
            return f"the validation loss of a {family.short_title} does not tell which weights are better"
        return "no validation loss was measured"

    def _write_state(self, state: RunState) -> None:
        owner = this_process() if state.status in WORKED_ON else None
        replace_json(self.path / "state.json", state_to_json(replace(state, owner=owner)))

    def _with_best(self, state: RunState, checkpoint: Checkpoint) -> RunState:
        """Return the state with the best checkpoint that ``checkpoint`` records, if its file exists."""
        # The checkpoint is the authority: a process may be killed before it writes state.json.
        name = None if checkpoint.best_step is None else checkpoint_name(checkpoint.best_step)
        return replace(state, best=name) if name is not None and (self.path / name).exists() else state

    def _state_from_checkpoints(self) -> RunState:
        reason = "state.json is damaged; the state was inferred from the checkpoints"
        try:
            checkpoint = self.newest_checkpoint()
        except RunError as error:
            return RunState("failed", reason=f"state.json and all checkpoints are damaged: {error}")
        if checkpoint is None:
            return RunState(reason=reason)
        state = RunState("stopped", checkpoint.step, newest=checkpoint_name(checkpoint.step), reason=reason)
        return self._with_best(state, checkpoint)

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
    try:
        header = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RunError(f"{path}: not a run; a run is a folder with a run.json") from error
    except (OSError, ValueError, RecursionError) as error:
        raise RunError(f"{file}: damaged, cannot be read ({error})") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT_VERSION:
        found = header.get("format") if isinstance(header, dict) else None
        raise RunError(f"{file}: has format {found}, but this program reads format {FORMAT_VERSION}")
    try:
        catalog.load_plugins()  # the family may come from a plug-in
        versions = {str(name): str(version) for name, version in dict(header.get("versions", {})).items()}
        header = {**header, "versions": versions, "created": str(header.get("created", ""))}
        return RunDirectory(path, header, read_only=_is_read_only(path))
    except KeyError as error:
        raise RunError(f"{file}: damaged, {error} is missing") from error
    except (AttributeError, OverflowError, TypeError, ValueError) as error:
        raise RunError(f"{file}: {error}") from error


def _is_read_only(path: Path) -> bool:
    return not os.access(path, os.W_OK) or path.resolve() in {shipped.resolve() for shipped in shipped_runs()}

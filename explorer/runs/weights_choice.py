"""Which of a run's weights are used: the final ones, the best ones, or those of one training step.

A run keeps a few checkpoints (see `explorer.runs.run_directory`). `WeightsChoice` is what a user asks for, and
`RunWeights` one set of weights that the run has, with the words that say which it is.
"""

import os
import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from explorer.config import ConfigError, nearest_name
from explorer.runs.files import RunError

if TYPE_CHECKING:
    from explorer.runs.checkpoint import CheckpointHeader

Kind = Literal["final", "best", "step"]
_STEP = re.compile(r"(?:step[ =]*)?([0-9]{1,15}|[0-9]{1,3}(?:,[0-9]{3}){1,4})")
"""A step by its number, also as `RunWeights.words` writes it: ``step 1,240``."""
EXPECTED = "write final, best or the number of a training step, such as 400"
CurrentStatus = Literal["new", "training", "stopped", "finished", "failed", "unfinished"]
"""Status of a run now; "unfinished": the process that trained it has ended, and could not write how."""
HOW_IT_ENDED: dict[CurrentStatus, str] = {
    "new": "still runs",
    "training": "still runs",
    "stopped": "was stopped",
    "failed": "failed",
    "unfinished": "was killed",
}
"""What has become of a training that did not finish, by the status of its run."""


@dataclass(frozen=True)
class WeightsChoice:
    """A choice of weights.

    Attributes
    ----------
    kind
        ``"final"``: the weights saved last; ``"best"``: those with the lowest validation loss; ``"step"``: those of
        ``step``.
    step
        The training step of the kind ``"step"``; else 0.
    """

    kind: Kind = "final"
    step: int = 0

    @classmethod
    def parse(cls, value: "str | int | WeightsChoice") -> Self:
        """Read ``"final"``, ``"best"``, ``"step 400"`` or ``"400"``; a number is a step.

        Raises
        ------
        ConfigError
            If the value is none of these.
        """
        if isinstance(value, WeightsChoice):
            return cls(value.kind, value.step)
        text = str(value).strip().casefold()
        if text in ("final", "best"):
            return cls(text)  # type: ignore[arg-type]
        if found := _STEP.fullmatch(text):
            return cls("step", int(found[1].replace(",", "")))
        near = nearest_name(text, ("final", "best"))
        raise ConfigError(f"weights {str(value)!r}: {f'did you mean {near}? ' if near else ''}{EXPECTED}")

    def __str__(self) -> str:
        """Return the choice as `parse` reads it."""
        return f"step {self.step}" if self.kind == "step" else self.kind


FINAL, BEST = WeightsChoice("final"), WeightsChoice("best")


def run_and_choice(run: str | os.PathLike[str], default: WeightsChoice = FINAL) -> tuple[Path, WeightsChoice]:
    """Return the folder in ``RUN`` or ``RUN@CHOICE``, such as ``my-vae@best``, and the choice of its weights.

    Parameters
    ----------
    default
        The choice without ``@``, and for a folder that has an ``@`` in its name.

    Raises
    ------
    ConfigError
        If what follows the last ``@`` is not a choice.
    """
    text = os.fspath(run)
    path, at, choice = text.rpartition("@")
    if not (at and path) or os.path.exists(text) or not os.path.exists(path):
        return Path(text), default
    return Path(path), WeightsChoice.parse(choice)


def runs_to_open(runs: Iterable[tuple[Path, WeightsChoice]]) -> dict[Path, WeightsChoice]:
    """Return the runs that a window opens, in their order, each with the choice of its weights.

    Raises
    ------
    ConfigError
        If a run is given twice with different weights.
    """
    chosen: dict[Path, WeightsChoice] = {}
    for path, choice in runs:
        if chosen.setdefault(path, choice) != choice:
            raise ConfigError(
                f"{path} is given with the weights {chosen[path]} and {choice}, but a window shows a run with one "
                "choice; latent-explorer compare compares both"
            )
    return chosen


@dataclass(frozen=True)
class RunWeights:
    """One set of weights of a run.

    Attributes
    ----------
    step
        The training step.
    checksum
        SHA-256 of their checkpoint.
    choice
        How they were chosen.
    epoch, epochs
        The epoch of the step, None if it is not known; and the planned number of epochs.
    is_newest, is_best
        True if the run has no newer ones; and if their validation loss is the lowest.
    status
        The status of the run: the newest weights of a training that did not finish are not final.
    is_only
        True if they were computed in closed form or imported, so that the run has no others.
    """

    step: int
    checksum: str
    choice: WeightsChoice = FINAL
    epoch: float | None = None
    epochs: int = 0
    is_newest: bool = True
    is_best: bool = False
    status: CurrentStatus = "finished"
    is_only: bool = False

    @property
    def is_final(self) -> bool:
        """True for the weights at the end of a finished training."""
        return self.is_newest and self.status == "finished"

    @property
    def name(self) -> str:
        """Their name: ``"final"``, ``"last saved"``, ``"best"``, two of them joined by "and", or ""."""
        newest = "final" if self.is_final else "last saved" if self.is_newest else ""
        return " and ".join(filter(None, (newest, "best" if self.is_best or self.is_only else "")))

    @property
    def unfinished_text(self) -> str:
        """What became of the training, such as ``"was killed"``, if these are its newest weights but not final."""
        return HOW_IT_ENDED[self.status] if self.is_newest and not self.is_final else ""

    @property
    def words(self) -> str:
        """Which weights these are, such as ``"best, step 1,240, epoch 31.0"``.

        The newest weights of an unfinished training are ``"last saved, step 480, epoch 12.0 of 20, of a training that
        was killed"``.
        """
        if self.is_only:
            return "the only weights, so both final and best"
        parts = [self.name, f"step {self.step:,}", self._epoch_text]
        if self.unfinished_text:
            parts.append(f"of a training that {self.unfinished_text}")
        if self.choice == FINAL and not self.is_newest:
            parts.append("as newer weights are damaged")
        return ", ".join(filter(None, parts))

    @property
    def _epoch_text(self) -> str:
        if self.epoch is None:
            return ""
        return f"epoch {self.epoch:.1f}" + (f" of {self.epochs}" if self.unfinished_text else "")

    def to_json(self) -> dict[str, Any]:
        """Return the choice, step, epoch and words as plain JSON values."""
        return {"weights": str(self.choice), "step": self.step, "epoch": self.epoch, "weights_are": self.words}


def kept_weights(
    headers: Sequence["CheckpointHeader"],
    newest: int,
    best: int | None,
    status: CurrentStatus,
    steps_per_epoch: int | None,
    epochs: int,
) -> tuple[RunWeights, ...]:
    """Return the weights of checkpoints that can be read, which are sorted by step.

    Parameters
    ----------
    newest, best
        Steps of the newest and the best checkpoint, even if they are damaged.
    status
        The status of the run.
    steps_per_epoch
        None if it is not known.
    epochs
        The planned number of epochs.
    """
    steps = [header.step for header in headers]
    return tuple(
        RunWeights(
            step=header.step,
            checksum=header.checksum,
            choice=WeightsChoice("step", header.step),
            epoch=header.step / steps_per_epoch if steps_per_epoch else None,
            epochs=epochs,
            is_newest=header.step == newest,
            is_best=header.step == best,
            status=status,
            is_only=steps == [0] == [newest] and status == "finished",
        )
        for header in headers
    )


def pick(choice: WeightsChoice, kept: Sequence[RunWeights]) -> RunWeights | None:
    """Return the chosen ones of the weights that a run keeps, sorted by step and not empty; None if it lacks them."""
    if choice == FINAL or (choice == BEST and kept[-1].is_only):
        return replace(kept[-1], choice=choice)
    for one in kept:
        if one.is_best if choice == BEST else one.step == choice.step:
            return replace(one, choice=choice)
    return None


def lacking_weights(
    choice: WeightsChoice, run: Path, file: Path | None, kept: Sequence[RunWeights], why_no_best: str
) -> RunError:
    """Return the error for weights that a run cannot offer; it lists those that the run keeps.

    How to choose the final ones is a note of the error: the window uses them by itself, and shows the message alone.

    Parameters
    ----------
    file
        The checkpoint that would have the weights; None without best weights.
    kept
        The weights that can be read, without the chosen ones.
    """
    what = "its best weights" if choice == BEST else f"its weights of step {choice.step:,}"
    if file is None:
        lack = f"has no best weights: {why_no_best}"
    elif file.exists():
        lack = f"{what} cannot be read, as {file.name} is damaged"
    elif choice == BEST:
        lack = f"{what} are missing: there is no file {file.name}"
    else:
        lack = f"has no weights of step {choice.step:,}"
    parts = [lack, *([f"it keeps {listed_weights(kept)}"] if kept else [])]
    if choice.kind == "step" and file is not None and (run / "replay" / file.name).exists():
        parts.append("the replay has this step, but rounded to 16 bits")
    error = RunError(f"{run}: {'; '.join(parts)}")
    if kept:
        error.add_note(f"--weights final uses those of step {kept[-1].step:,}")
    return error


def listed_weights(kept: Sequence[RunWeights]) -> str:
    """Return steps as text, such as ``"those of steps 1,160, 1,200 (best) and 1,240 (final)"``."""
    names = [f"{one.step:,}" + (f" ({one.name})" if one.name else "") for one in kept]
    return f"those of steps {', '.join(names[:-1])} and {names[-1]}" if names[1:] else f"those of step {names[0]} only"


def resume_command(run: Path) -> str:
    """Return the command that continues the training of a run."""
    return shlex.join(["latent-explorer", "resume", str(run)])

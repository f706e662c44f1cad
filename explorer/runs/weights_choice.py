"""Which of a run's weights are used: the final ones, the best ones, or those of one training step.

A run keeps a few checkpoints (see `explorer.runs.run_directory`). `WeightsChoice` is what a user asks for, and
`RunWeights` one set of weights that the run has, with the words that say which it is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Self

from explorer.config import ConfigError, nearest_name

if TYPE_CHECKING:
    from explorer.runs.checkpoint import CheckpointHeader

Kind = Literal["final", "best", "step"]
_STEP = re.compile(r"(?:step[ =]*)?([0-9]{1,15}|[0-9]{1,3}(?:,[0-9]{3}){1,4})")
"""A step by its number, also as `RunWeights.words` writes it: ``step 1,240``."""
EXPECTED = "write final, best or the number of a training step, such as 400"


@dataclass(frozen=True)
class WeightsChoice:
    """A choice of weights.

    Attributes
    ----------
    kind
        ``"final"``: the newest weights; ``"best"``: those with the lowest validation loss; ``"step"``: those of
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
    is_newest, is_final, is_best
        True if the run has no newer ones; if its training is complete, too; and if their validation loss is the lowest.
    is_only
        True if they were computed in closed form or imported, so that the run has no others.
    """

    step: int
    checksum: str
    choice: WeightsChoice = FINAL
    epoch: float | None = None
    epochs: int = 0
    is_newest: bool = True
    is_final: bool = True
    is_best: bool = False
    is_only: bool = False

    @property
    def name(self) -> str:
        """Their name: ``"final"``, ``"newest"``, ``"best"``, two of them joined by "and", or ""."""
        newest = "final" if self.is_final else "newest" if self.is_newest else ""
        return " and ".join(filter(None, (newest, "best" if self.is_best else "")))

    @property
    def title(self) -> str:
        """Their name, such as ``"final and best"`` or ``"newest of an unfinished training"``; "" without one."""
        return f"{self.name} of an unfinished training" if self.is_newest and not self.is_final else self.name

    @property
    def words(self) -> str:
        """Which weights these are, such as ``"best, step 1,240, epoch 31.0"``."""
        if self.is_only:
            return "the only weights, so both final and best"
        parts = [self.title, f"step {self.step:,}", self._epoch_text]
        if self.choice == FINAL and not self.is_newest:
            parts.append("as newer weights are damaged")
        return ", ".join(filter(None, parts))

    @property
    def _epoch_text(self) -> str:
        if self.epoch is None:
            return ""
        return f"epoch {self.epoch:.1f}" + (f" of {self.epochs}" if self.is_newest and not self.is_final else "")

    def to_json(self) -> dict[str, Any]:
        """Return the choice, step, epoch and words as plain JSON values."""
        return {"weights": str(self.choice), "step": self.step, "epoch": self.epoch, "weights_are": self.words}


def kept_weights(
    headers: Sequence["CheckpointHeader"],
    newest: int,
    best: int | None,
    final: int | None,
    steps_per_epoch: int | None,
    epochs: int,
) -> tuple[RunWeights, ...]:
    """Return the weights of checkpoints that can be read, which are sorted by step.

    Parameters
    ----------
    newest
        Step of the newest checkpoint, even if it is damaged.
    best, final
        Steps of the best and the final checkpoint by the state of the run.
    steps_per_epoch
        None if it is not known.
    epochs
        The planned number of epochs.
    """
    steps = [header.step for header in headers]
    # A process may be killed before it writes the state; then the newest checkpoint knows a later best step.
    known = [step for step in (best, headers[-1].best_step if headers else None) if step in steps and step is not None]
    return tuple(
        RunWeights(
            step=header.step,
            checksum=header.checksum,
            choice=WeightsChoice("step", header.step),
            epoch=header.step / steps_per_epoch if steps_per_epoch else None,
            epochs=epochs,
            is_newest=header.step == max(steps[-1], newest),
            is_final=header.step == max(steps[-1], newest) == final,
            is_best=bool(known) and header.step == max(known),
            is_only=steps == [0] == [final],
        )
        for header in headers
    )


def pick(choice: WeightsChoice, kept: Sequence[RunWeights], why_no_best: str) -> RunWeights:
    """Return the chosen ones of the weights that a run keeps, which are sorted by step and not empty.

    Parameters
    ----------
    why_no_best
        Why the run may have no best weights.

    Raises
    ------
    ConfigError
        If the run has no such weights; the message begins with "has" and lists what there is.
    """
    if choice == FINAL or (choice == BEST and kept[-1].is_only):
        return replace(kept[-1], choice=choice)
    for one in kept:
        if one.is_best if choice == BEST else one.step == choice.step:
            return replace(one, choice=choice)
    lack = f"no best weights: {why_no_best}" if choice == BEST else f"no weights of step {choice.step:,}"
    raise ConfigError(f"has {lack}; it keeps {_listed(kept)}")


def _listed(kept: Sequence[RunWeights]) -> str:
    """Return steps as text, such as ``"those of steps 1,160, 1,200 (best) and 1,240 (final)"``."""
    names = [f"{one.step:,}" + (f" ({one.name})" if one.name else "") for one in kept]
    return f"those of steps {', '.join(names[:-1])} and {names[-1]}" if names[1:] else f"those of step {names[0]} only"

"""The result of fitting an input to a data set: the sample, and the steps that led to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Choices = Mapping[str, bool]
"""Steps to do or to leave out, by name; all others are chosen automatically."""
AUTOMATIC: Choices = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class FittingStep:
    """One step of a fitting.

    Attributes
    ----------
    name, label
        Its key in `Choices`, and what it does, such as "Invert".
    reason
        Why it was done or not, in words.
    applied
        Whether it was done. If not, ``after`` is the result of the step before.
    can_change
        Whether the user may choose; False if it is needed, or not defined for the input.
    after
        The input after the step, in the units of the samples: a picture ``(C, H, W)`` of any size, or numbers ``(n,)``.
    """

    name: str
    label: str
    reason: str
    applied: bool
    can_change: bool
    after: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class FittedInput:
    """An input as a sample of a data set.

    Attributes
    ----------
    sample
        ``(*shape)`` in the units of the samples.
    given
        The input before the first step, like `FittingStep.after`; None for rows and texts.
    notes
        How the input was read and which values were filled in, one sentence each.
    warnings
        Reasons why the code may be meaningless, such as values far outside the range of the data.
    """

    sample: NDArray[np.float32]
    given: NDArray[np.float32] | None = None
    steps: tuple[FittingStep, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def report(self) -> tuple[str, ...]:
        """One line for each step that was done, and the notes and warnings."""
        # Steps that were left out changed nothing, so they are not reported.
        done = (f"{step.label.lower()}: {step.reason}" for step in self.steps if step.applied)
        return (*done, *self.notes, *self.warnings)


@dataclass(frozen=True)
class Draft:
    """Collects notes and warnings while an input is read."""

    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def fitted(self, sample: NDArray[Any], **parts: Any) -> FittedInput:
        """Return the sample ``(*shape)`` as a result with the collected notes and warnings."""
        # Samples of data sets are float32.
        return FittedInput(
            np.asarray(sample, np.float32), notes=tuple(self.notes), warnings=tuple(self.warnings), **parts
        )

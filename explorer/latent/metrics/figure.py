"""How a figure is declared: its key, its words, what it needs and what its error is over."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Direction = Literal["lower is better", "higher is better", "neither is better"]
Need = Literal[
    "an encoder",
    "a prior",
    "a stochastic posterior",
    "a density p(x|z)",
    "a differentiable decoder",
    "labels",
    "two latent dimensions",
    "a Bernoulli likelihood",
    "a training with corruption",
    "a sparse code",
]


@dataclass(frozen=True)
class StandardError:
    """Declares the standard error of a figure, in the figure's unit.

    Attributes
    ----------
    over
        What varies: other noise (draws), other samples, or another choice of codes within the split (choices).
    key
        Its key in ``evaluate --json``; "" for the figure's own name and ``_error``.
    """

    over: Literal["draws", "samples", "choices"]
    title: str
    definition: str
    key: str = ""


@dataclass(frozen=True)
class Figure:
    """Declares one figure of a trained model.

    The window, the command line, ``figures.json``, the exports and the fields of
    `explorer.latent.evaluation.figures.Figures` are made from it.

    Attributes
    ----------
    name
        Its key in ``evaluate --json``.
    needs
        What model and data must have for it to be defined.
    is_count
        True for a whole number.
    compared_by
        Keys of the errors that count when two runs are compared on the same samples; the figure's own by default.
    sample_count
        Key of a number that must be equal for two values to compare, such as the number of importance samples.
    matrix
        Key of a matrix, a row per class, that is measured with it; "" for none.
    """

    name: str
    title: str
    unit: str
    direction: Direction
    definition: str
    needs: tuple[Need, ...] = ("an encoder",)
    errors: tuple[StandardError, ...] = ()
    is_count: bool = False
    compared_by: tuple[str, ...] = ()
    sample_count: str = ""
    matrix: str = ""

    @property
    def is_share(self) -> bool:
        """Whether it is a share in [0, 1], which is shown as per cent."""
        return self.unit.startswith("share")

    def errors_by_key(self) -> Iterator[tuple[str, StandardError]]:
        """Return each error with its key."""
        return ((error.key or f"{self.name}_error", error) for error in self.errors)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of everything that is not defined where the figure is not: itself, its errors, its matrix."""
        return (self.name, *(key for key, _ in self.errors_by_key()), *([self.matrix] if self.matrix else []))

"""The declaration of a figure: its key, its texts, its requirements and its standard errors."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from explorer.models.terms import Direction

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
    """Declares a standard error of a figure, in the unit of the figure.

    Attributes
    ----------
    over
        The source of the error: noise (draws), or samples with their noise.
    key
        Key in ``evaluate --json``; "" for the name of the figure followed by ``_error``.
    """

    over: Literal["draws", "samples"]
    title: str
    definition: str
    key: str = ""


@dataclass(frozen=True)
class Figure:
    """Declares one figure of a trained model.

    This is the only place that describes it: the window, the command line, ``figures.json``, the exports and the fields
    of `explorer.latent.evaluation.figures.Figures` are derived from it.

    Attributes
    ----------
    name
        Its key in ``evaluate --json``.
    needs
        Properties of the model and the data that it requires.
    is_count
        True for a whole number.
    compared_by
        Keys of the errors for a comparison of runs on the same samples, which that of the difference is never below; by
        default those of the figure.
    sample_count
        Key of a number that must be equal in comparable values, such as the number of codes.
    counts
        Keys of other numbers of samples or draws that the figure was computed with.
    matrix
        Key of a matrix with a row per class that is computed with the figure; "" for none.
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
    counts: tuple[str, ...] = ()
    matrix: str = ""

    @property
    def is_share(self) -> bool:
        """Whether the figure is a share in [0, 1], which is shown as a percentage."""
        return self.unit.startswith("share")

    def errors_by_key(self) -> Iterator[tuple[str, StandardError]]:
        """Return each error with its key."""
        # By default "elbo" has the error "elbo_error".
        return ((error.key or f"{self.name}_error", error) for error in self.errors)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the figure, its errors and its matrix, which are all undefined if the figure is."""
        return (self.name, *(key for key, _ in self.errors_by_key()), *([self.matrix] if self.matrix else []))

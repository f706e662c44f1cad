"""The question for the counterfactual of a sample: the nearest code whose decode gets another class."""

from dataclasses import dataclass
from typing import Any, ClassVar

from explorer.jobs.questions import LoadedModel, Question
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.counterfactuals.counterfactual import STRIP, find_counterfactual
from explorer.latent.steps import Steps


@dataclass(frozen=True)
class FindCounterfactual(Question):
    """Find the nearest code whose decode is predicted as another class than that of a sample.

    Attributes
    ----------
    sample
        Index of the sample.
    to_class
        Index of the class to reach; None for any other.
    seed
        Seed of the search.
    codes
        The codes of the run's samples.
    steps
        Number of decodes on the line.
    """

    sample: int
    to_class: int | None = None
    seed: int = 0
    codes: PlaneCodes | None = None
    steps: int = STRIP

    urgent: ClassVar[bool] = False
    gives_way: ClassVar[bool] = True

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `Counterfactual`, or `Absent` with the reason; before it, yield the one without the comparison."""
        yield
        return (
            yield from find_counterfactual(
                loaded.model,
                loaded.description,
                loaded.dataset,
                loaded.classifier,
                self.codes,
                self.sample,
                self.to_class,
                self.seed,
                self.steps,
            )
        )

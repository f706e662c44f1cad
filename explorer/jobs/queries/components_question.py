"""The question what a linear model is made of."""

from dataclasses import dataclass
from typing import Any

from explorer.jobs.questions import LoadedModel, Question
from explorer.latent.steps import Steps
from explorer.models.linear_parts import Linear


@dataclass(frozen=True)
class AskComponents(Question):
    """Ask for a linear model's components, and what they explain."""

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `explorer.models.linear_parts.LinearParts`, or None where the model is not linear."""
        yield
        return loaded.model.linear_parts() if isinstance(loaded.model, Linear) else None

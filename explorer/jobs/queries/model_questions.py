"""Questions about a model itself: the components of a linear map or a learned prior, and draws from the prior."""

from dataclasses import dataclass
from typing import Any

import torch

from explorer.jobs.questions import LoadedModel, Question
from explorer.latent.steps import Steps
from explorer.models.gaussian_mixture import components_of
from explorer.models.linear_parts import Linear


@dataclass(frozen=True)
class AskComponents(Question):
    """Ask for the components of a linear model and the variance they explain."""

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `explorer.models.linear_parts.LinearParts`, or None if the model is not linear."""
        yield
        return loaded.model.linear_parts() if isinstance(loaded.model, Linear) else None


@dataclass(frozen=True)
class PriorShape(Question):
    """Ask for the Gaussian components of a learned prior."""

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `PriorComponents`, or None if the prior is not a mixture."""
        yield
        return components_of(loaded.model)


@dataclass(frozen=True)
class DrawFromPrior(Question):
    """Draw one code from the prior of a model with the random seed ``seed``."""

    seed: int = 0

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a code of latent_dim numbers; None if there is no prior."""
        yield
        if loaded.model.prior is None:
            return None
        with torch.inference_mode():
            # A generator of its own: the global random state stays untouched.
            drawn = loaded.model.prior.sample(1, torch.Generator().manual_seed(self.seed))
        return tuple(map(float, drawn[0].tolist()))

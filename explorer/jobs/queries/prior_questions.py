"""Questions to a model's prior: where it lies, and draws from it."""

from dataclasses import dataclass
from typing import Any

import torch

from explorer.jobs.questions import LoadedModel, Question
from explorer.latent.steps import Steps
from explorer.models.gaussian_mixture import components_of


@dataclass(frozen=True)
class PriorShape(Question):
    """Ask where a learned prior lies."""

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `PriorComponents`, or None where the prior is no mixture."""
        yield
        return components_of(loaded.model)


@dataclass(frozen=True)
class DrawFromPrior(Question):
    """Draw one code from a model's own prior, from ``seed``."""

    seed: int = 0

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return the code, latent_dim numbers; None where there is no prior."""
        yield
        if loaded.model.prior is None:
            return None
        with torch.inference_mode():
            drawn = loaded.model.prior.sample(1, torch.Generator().manual_seed(self.seed))
        return tuple(map(float, drawn[0].tolist()))

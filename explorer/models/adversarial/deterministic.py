"""A decode that is one sample and no distribution."""

from dataclasses import dataclass

from torch import Generator, Tensor

from explorer.models.latent_model import NotDefined


@dataclass(frozen=True)
class Deterministic:
    """What a generator gives: ``mean`` (batch, *shape) is all of p(x|z); ``why`` says what keeps it from a density."""

    mean: Tensor
    why: str

    def sample(self, generator: Generator) -> Tensor:
        """Raise: there is nothing to draw."""
        raise NotDefined(self.why)

    def log_prob(self, x: Tensor) -> Tensor:
        """Raise: a point has no density."""
        raise NotDefined(self.why)

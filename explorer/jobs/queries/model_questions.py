"""Questions about a model: its components, the components of its prior, the bound of one sample, a restored sample.

The bound of a sample takes long, and several parts of the window ask for it: `FindBound` and the overlay of the true
posterior. It is computed once for all of them (`explorer.latent.once`).
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, ClassVar

from explorer.data.corruption import Corruption
from explorer.data.painting import Layer
from explorer.jobs.questions import LoadedModel, Question
from explorer.latent.bound.sample_bound import IMPORTANCE_SAMPLES, SampleBound, bound_of_sample
from explorer.latent.metrics.decoder.restoration import restore_sample
from explorer.latent.once import Once
from explorer.latent.steps import Absent, Steps
from explorer.models.latent_model import NotDefined
from explorer.models.linear.linear_autoencoder import is_linear_by_settings, parts_by_settings
from explorer.models.linear_parts import Linear
from explorer.models.priors import components_of

_bounds: Once[SampleBound] = Once(kept=4)
"""Bounds by model, then by sample and number of draws."""


@dataclass(frozen=True)
class FindBound(Question):
    """Compute the bound of a sample; see `explorer.latent.bound.sample_bound`."""

    sample: int
    draws: int = IMPORTANCE_SAMPLES

    urgent: ClassVar[bool] = False
    gives_way: ClassVar[bool] = True

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `SampleBound`, `Absent` with a reason if it is not defined, or None if the data is not available."""
        yield
        try:
            return (yield from bound_once(loaded, self.sample, self.draws))
        except NotDefined as lack:
            # Return it as an answer, not an error: a section of the window shows the reason.
            return Absent(str(lack))


def bound_once(
    loaded: LoadedModel, sample: int, draws: int = IMPORTANCE_SAMPLES
) -> Generator[None, None, SampleBound | None]:
    """Return the bound of a sample, from the cache if possible; None if the data is not available.

    Raises
    ------
    NotDefined
        If the model has no p(x|z) or no prior; see `bound_of_sample`.
    """
    if loaded.dataset is None or not 0 <= sample < len(loaded.dataset):
        return None
    data, model = loaded.dataset, loaded.model
    return (yield from _bounds.get(model, (sample, draws), lambda: bound_of_sample(model, data, sample, draws)))


@dataclass(frozen=True)
class NotRestored:
    """Reason why a sample was not restored."""

    why: str


@dataclass(frozen=True, eq=False)
class RestoreSample(Question):
    """Corrupt a sample, encode and decode it; see `explorer.latent.metrics.decoder.restoration.restore_sample`."""

    sample: int
    corruption: Corruption
    seed: int = 0
    painted: Layer | None = None

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `RestoredSample`, or `NotRestored` if the data or a capability of the model is missing."""
        yield
        # The session may name a sample that other data of the same run no longer has.
        if loaded.dataset is None or not 0 <= self.sample < len(loaded.dataset):
            return NotRestored("its data is not available")
        try:
            return restore_sample(loaded.model, loaded.dataset, self.sample, self.corruption, self.seed, self.painted)
        except NotDefined as lack:
            return NotRestored(f"not defined: {lack}")


@dataclass(frozen=True)
class FindLinearComponents(Question):
    """Find the components of a linear model and the variance that they explain."""

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `explorer.models.linear_parts.LinearParts`.

        None if the model is not linear, or if it is linear by its settings and its data is not loaded.
        """
        yield
        model = loaded.model
        if isinstance(model, Linear):
            return model.linear_parts()
        if loaded.dataset is None or not is_linear_by_settings(model.config, type(model)):
            return None
        return (yield from parts_by_settings(model, loaded.dataset))


@dataclass(frozen=True)
class FindPriorComponents(Question):
    """Find the Gaussian components of a learned prior."""

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `PriorComponents`, or None if the prior is not a mixture."""
        yield
        return components_of(loaded.model)

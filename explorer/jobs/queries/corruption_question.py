"""What the corruption bench asks of a model: one sample, spoiled by a kind of corruption and by hand, and restored."""

from dataclasses import dataclass
from typing import Any

from explorer.data.corruption import Corruption
from explorer.data.painting import Layer
from explorer.jobs.questions import LoadedModel, Question
from explorer.latent.metrics.decoder.restored_sample import restore_sample
from explorer.latent.steps import Steps
from explorer.models.latent_model import NotDefined


@dataclass(frozen=True)
class NotRestored:
    """Why there is no answer, for people."""

    why: str


@dataclass(frozen=True, eq=False)
class RestoreSample(Question):
    """Corrupt a sample, encode and decode it; see `explorer.latent.metrics.decoder.restored_sample.restore_sample`."""

    sample: int
    corruption: Corruption
    seed: int = 0
    painted: Layer | None = None

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `RestoredSample`, or `NotRestored` where the data or a capability of the family is missing."""
        yield
        if loaded.dataset is None or not 0 <= self.sample < len(loaded.dataset):
            return NotRestored("its data is not at hand")
        try:
            return restore_sample(loaded.model, loaded.dataset, self.sample, self.corruption, self.seed, self.painted)
        except NotDefined as lack:
            return NotRestored(f"not defined: {lack}")

"""Ask a model to restore one sample that is corrupted by noise or a mask, and by the brush."""

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
    """Reason why a sample was not restored."""

    why: str


@dataclass(frozen=True, eq=False)
class RestoreSample(Question):
    """Corrupt a sample, encode and decode it; see `explorer.latent.metrics.decoder.restored_sample.restore_sample`."""

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

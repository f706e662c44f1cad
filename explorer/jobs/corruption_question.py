"""What the corruption bench asks of a model: one sample, spoiled by a kind of corruption and by hand, and restored."""

from dataclasses import dataclass

from explorer.data.corruption import Corruption
from explorer.data.painting import Layer
from explorer.jobs.questions import Asking, Question, Subject
from explorer.latent.restored_sample import restore_sample
from explorer.models.latent_model import NotDefined


@dataclass(frozen=True)
class NotRestored:
    """Why there is no answer, for people."""

    why: str


@dataclass(frozen=True, eq=False)
class RestoreSample(Question):
    """Corrupt a sample, encode and decode it; see `explorer.latent.restored_sample.restore_sample`."""

    sample: int
    corruption: Corruption
    seed: int = 0
    painted: Layer | None = None

    def ask(self, subject: Subject) -> Asking:
        """Give a `RestoredSample`, or `NotRestored` where the data is not at hand or the family lacks a part of it."""
        yield
        if subject.dataset is None or not 0 <= self.sample < len(subject.dataset):
            return NotRestored("its data is not at hand")
        try:
            return restore_sample(subject.model, subject.dataset, self.sample, self.corruption, self.seed, self.painted)
        except NotDefined as lack:
            return NotRestored(f"not defined: {lack}")

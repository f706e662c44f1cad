"""All figures of a run that is open in the window, measured between more urgent questions."""

from dataclasses import dataclass
from typing import ClassVar

from explorer.data.corruption import Corruption
from explorer.jobs.questions import Asking, Question, Subject
from explorer.latent.evaluation import CLEAN, IMPORTANCE_SAMPLES, evaluate_in_chunks
from explorer.latent.passes import pausing


@dataclass(frozen=True)
class MeasureFigures(Question):
    """Evaluate a run's model on a split, as ``latent-explorer evaluate`` does.

    ``corruption`` is what the run was trained with.
    """

    split: str = "test"
    importance_samples: int = IMPORTANCE_SAMPLES
    corruption: Corruption = CLEAN

    urgent: ClassVar[bool] = False

    def ask(self, subject: Subject) -> Asking:
        """Give `explorer.latent.figures.Figures`, or None where the data is not at hand."""
        yield
        if subject.dataset is None:
            return None
        work = evaluate_in_chunks(
            subject.model,
            subject.dataset,
            self.split,
            importance_samples=self.importance_samples,
            corruption=self.corruption,
        )
        return (yield from pausing(work))

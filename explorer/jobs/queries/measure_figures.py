"""All figures of a run that is open in the window, measured between more urgent questions."""

import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from explorer.data.corruption import Corruption
from explorer.jobs.errors import error_message
from explorer.jobs.questions import LoadedModel, Question
from explorer.latent.evaluation.evaluate import CLEAN, IMPORTANCE_SAMPLES, evaluate_in_chunks
from explorer.latent.evaluation.figures import Figures
from explorer.latent.steps import Steps

LOG = logging.getLogger(__name__)


def _unheard(per_cent: int) -> None:
    """Drop a report that nobody asked for."""


@dataclass(frozen=True)
class Unmeasured:
    """The answer where figures could not be measured, and why."""

    why: str


@dataclass(frozen=True)
class MeasureFigures(Question):
    """Evaluate a run's model on a split, as ``latent-explorer evaluate`` does.

    ``corruption`` is what the run was trained with; ``report`` is called in the worker's thread with each further per
    cent that is done.
    """

    split: str = "test"
    importance_samples: int = IMPORTANCE_SAMPLES
    corruption: Corruption = CLEAN
    report: Callable[[int], None] = field(default=_unheard, compare=False)

    urgent: ClassVar[bool] = False
    gives_way: ClassVar[bool] = True

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `explorer.latent.evaluation.figures.Figures`, or `Unmeasured`."""
        yield
        if loaded.dataset is None:
            return Unmeasured("the data is not at hand")
        try:
            return (yield from self._measure(loaded))
        except Exception as error:  # whatever a model raises is said beside the figures
            LOG.warning("the figures of %s cannot be measured", loaded.run, exc_info=True)
            return Unmeasured(error_message(error))

    def _measure(self, loaded: LoadedModel) -> Generator[None, None, Figures]:
        assert loaded.dataset is not None
        work = evaluate_in_chunks(
            loaded.model,
            loaded.dataset,
            self.split,
            importance_samples=self.importance_samples,
            corruption=self.corruption,
        )
        told_of = 0
        while True:
            try:
                done, total = next(work)
            except StopIteration as stop:
                figures: Figures = stop.value
                return figures
            if (per_cent := 100 * done // max(total, 1)) > told_of:
                told_of = per_cent
                self.report(per_cent)
            yield

"""Compute all figures of an open run, in chunks that let more urgent questions pass.

1. The window starts without scikit-learn and most of scipy; tests check that.
2. When figures are first computed, it calls `preload_libraries` in the background worker.
3. Only then are the figures computed in the inference worker (`MeasureFigures`), where an import of two seconds would
   hold up the answers to every move of the mouse.
"""

import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch

from explorer.data.corruption import Corruption
from explorer.jobs.questions import LoadedModel, Question, error_message
from explorer.latent.evaluation.evaluate import CLEAN, IMPORTANCE_SAMPLES, evaluate_in_chunks
from explorer.latent.evaluation.figures import Figures
from explorer.latent.steps import Steps

LOG = logging.getLogger(__name__)


def _no_report(per_cent: int) -> None:
    """Ignore the progress."""


@dataclass(frozen=True)
class Unmeasured:
    """Reason why figures could not be computed."""

    why: str


@dataclass(frozen=True)
class MeasureFigures(Question):
    """Evaluate the model of a run on a split, as ``latent-explorer evaluate`` does.

    Attributes
    ----------
    corruption
        The corruption of the training.
    report
        Called in the thread of the worker with the progress in per cent.
    """

    split: str = "test"
    importance_samples: int = IMPORTANCE_SAMPLES
    corruption: Corruption = CLEAN
    report: Callable[[int], None] = field(default=_no_report, compare=False)

    urgent: ClassVar[bool] = False
    gives_way: ClassVar[bool] = True

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `explorer.latent.evaluation.figures.Figures`, or `Unmeasured`."""
        yield
        if loaded.dataset is None:
            return Unmeasured("the data is not available")
        try:
            return (yield from self._measure(loaded))
        except Exception as error:  # user models may raise anything; the reason is shown instead of the figures
            LOG.warning("the figures of %s cannot be computed", loaded.run, exc_info=True)
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
        reported = 0
        while True:
            try:
                done, total = next(work)
            except StopIteration as stop:
                figures: Figures = stop.value
                return figures
            # Report whole per cent only: each report wakes up the window.
            if (per_cent := 100 * done // max(total, 1)) > reported:
                reported = per_cent
                self.report(per_cent)
            yield


def preload_libraries() -> None:
    """Import parts of scikit-learn and scipy, and let torch compute a second derivative.

    This takes one or two seconds without a pause.
    """
    import scipy.spatial
    import scipy.spatial.distance
    import sklearn.neighbors

    # Naming what is needed loads submodules that are imported lazily, and keeps linters from removing the imports.
    assert scipy.spatial.ConvexHull and scipy.spatial.distance.cdist and sklearn.neighbors.KNeighborsClassifier
    with torch.inference_mode(mode=False), torch.enable_grad():
        x = torch.ones(1, requires_grad=True)
        weight = torch.ones(1, requires_grad=True)
        # With weights for the outputs, torch imports its symbolic shapes, and sympy with them.
        (slope,) = torch.autograd.grad(x.square(), x, weight, create_graph=True)
        torch.autograd.grad(slope, weight, torch.ones(1))

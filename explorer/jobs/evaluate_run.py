"""Evaluating a run: its newest weights on a split of its data."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.data.context import LoadContext
from explorer.data.corruption import Corruption
from explorer.data.dataset import Dataset
from explorer.jobs.run_data import data_of_run
from explorer.latent.evaluation import IMPORTANCE_SAMPLES, evaluate_in_chunks
from explorer.latent.figures import Figures
from explorer.runs.run_directory import open_run


@dataclass(frozen=True)
class RunFigures:
    """The figures of a run at a step."""

    run: str
    model: str
    data: str
    step: int
    figures: Figures

    def to_json(self) -> dict[str, Any]:
        """Give one flat object of plain JSON values; see `Figures.to_json`."""
        return {
            "run": self.run,
            "model": self.model,
            "data": self.data,
            "step": self.step,
            **self.figures.to_json(),
        }


def evaluate_run(
    path: Path,
    split: str = "test",
    *,
    dataset: Dataset | None = None,
    context: LoadContext | None = None,
    importance_samples: int = IMPORTANCE_SAMPLES,
) -> Generator[tuple[int, int], None, RunFigures]:
    """Evaluate a run's newest weights on the CPU; yields ``(done, total)``.

    Parameters
    ----------
    split
        ``"train"``, ``"validation"`` or ``"test"``.
    dataset
        The run's data, where it is loaded already.
    importance_samples
        Draws for each sample's estimate of log p(x); 0 leaves it out.

    Raises
    ------
    RunError, DataError
        For a run without weights, data that is missing or has changed, or an unknown or empty split.
    """
    run = open_run(path)
    model, step = run.load_model()
    dataset = data_of_run(run, context, dataset=dataset)
    corruption = Corruption.of_training(run.config.train)
    figures = yield from evaluate_in_chunks(
        model, dataset, split, importance_samples=importance_samples, corruption=corruption
    )
    return RunFigures(run.name, run.config.model.family, run.config.data.source, step, figures)

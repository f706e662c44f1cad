"""Weights of another program as a run: read, fitted to a family, and saved with their plane."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from explorer.config import ConfigError, RunConfig, config_to_json, replace
from explorer.data import catalog as datasets
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.jobs.runs.train_run import new_run, save_plane
from explorer.models import catalog as models
from explorer.models.weight_import.weight_files import read_weights
from explorer.models.weight_import.weight_import import WeightPlan, fit_weights
from explorer.runs.checkpoint import Checkpoint
from explorer.runs.run_directory import RunDirectory


@dataclass(frozen=True, eq=False)
class ImportPlan:
    """What an import would do: the file, the run's settings (resolved) and data, and which tensor goes where."""

    file: Path
    config: RunConfig
    dataset: Dataset
    weights: WeightPlan


def plan_import(
    file: Path,
    config: RunConfig,
    renamed: Mapping[str, str] | None = None,
    *,
    dataset: Dataset | None = None,
    context: LoadContext | None = None,
) -> ImportPlan:
    """Read a file and fit its tensors to a family; nothing is written.

    Parameters
    ----------
    renamed
        Names in the file to names in the model.
    dataset
        The data that ``config.data`` names, if it is loaded already.

    Raises
    ------
    ConfigError, DataError
        For a file that is refused, and tensors that do not fit.
    """
    found = read_weights(file)
    dataset = datasets.load(config.data, context) if dataset is None else dataset
    config = replace(config, model=models.resolve(config.model, dataset.description))
    wanted = models.wanted_tensors(config.model, dataset.description)
    try:
        return ImportPlan(file, config, dataset, fit_weights(found, wanted, renamed))
    except ConfigError as error:
        raise DataError(f"{file}: {error}") from error


def import_run(plan: ImportPlan, out: Path, *, overwrite: bool = False) -> RunDirectory:
    """Make a finished run of the weights, with its plane.

    Raises
    ------
    RunError
        When the place is taken, or cannot be written.
    """
    job = new_run(plan.config, out, dataset=plan.dataset, device="cpu", overwrite=overwrite)
    run = job.run
    with run.acquire():
        run.save_checkpoint(Checkpoint(0, config_to_json(run.config), plan.weights.weights), final=True)
        save_plane(run, plan.dataset)
        run.set_status("finished", f"imported from {plan.file.name}")
    return run

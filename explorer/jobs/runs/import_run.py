"""Import weights of another program as a finished run.

1. `plan_import` reads the file and matches its tensors to those of a model family; it writes nothing.
2. The user may rename tensors and plan again.
3. `import_run` makes a run folder, saves the weights as its final checkpoint and embeds the plane.
"""

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
    """A planned import: the file, the resolved settings, the data, and which tensor goes where."""

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
    """Read a file and match its tensors to those of a model family, without writing anything.

    Parameters
    ----------
    renamed
        Maps names in the file to names in the model.
    dataset
        The data of ``config.data``, if it is already loaded.

    Raises
    ------
    ConfigError, DataError
        If the file is refused or its tensors do not fit.
    """
    # Read the file before the data: a refused file must not cost a long load.
    found = read_weights(file)
    dataset = datasets.load(config.data, context) if dataset is None else dataset
    config = replace(config, model=models.resolve(config.model, dataset.description))
    wanted = models.wanted_tensors(config.model, dataset.description)
    try:
        return ImportPlan(file, config, dataset, fit_weights(found, wanted, renamed))
    except ConfigError as error:
        raise DataError(f"{file}: {error}") from error


def import_run(plan: ImportPlan, out: Path, *, overwrite: bool = False) -> RunDirectory:
    """Save the planned weights as a finished run with its plane.

    Raises
    ------
    RunError
        If the folder exists or cannot be written.
    """
    # The same checks and files as for a new training.
    job = new_run(plan.config, out, dataset=plan.dataset, device="cpu", overwrite=overwrite)
    run = job.run
    with run.acquire():
        # Step 0: the program knows nothing about how long the weights were trained.
        run.save_checkpoint(Checkpoint(0, config_to_json(run.config), plan.weights.weights), final=True)
        save_plane(run, plan.dataset)
        run.set_status("finished", f"imported from {plan.file.name}")
    return run

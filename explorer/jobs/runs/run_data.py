"""A run's data: whether it is at hand, and loading it, checked to be the samples that the run was trained on."""

from pathlib import Path

from explorer.config import DataConfig
from explorer.data import catalog as datasets
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.runs.errors import RunError
from explorer.runs.run_directory import RunDirectory


def data_of_run(run: RunDirectory, context: LoadContext | None = None, *, dataset: Dataset | None = None) -> Dataset:
    """Load a run's data, or check ``dataset`` where it is loaded already.

    Raises
    ------
    RunError
        When the data is not there, cannot be read, or has changed since the training.
    """
    try:
        dataset = datasets.load(run.config.data, context) if dataset is None else dataset
    except DataError as error:
        raise RunError(f"{run.path}: its data cannot be loaded: {error}") from error
    if dataset.description.fingerprint != run.description.fingerprint:
        raise RunError(
            f"{run.path}: was trained on other samples than {run.config.data.source} now holds; start a new run"
        )
    return dataset


def data_problem(run: RunDirectory) -> str:
    """Say in a few words why a run's data is not at hand now, without loading it; "" where it is."""
    return source_problem(run.config.data.source)


def source_problem(source: str) -> str:
    """Say in a few words why a data source is not at hand now, without loading it; "" where it is."""
    known = {entry.name: entry for entry in datasets.describe_all()}
    if source in known:
        entry = known[source]
        return entry.problem or ("" if entry.offline else f"{source} has to be downloaded first")
    return "" if _exists(source) else f"{source} is not there"


def _exists(source: str) -> bool:
    try:
        return Path(source).expanduser().exists()
    except (OSError, RuntimeError):  # a name too long, a folder that may not be read, a "~name" without a home
        return False


def load_or_why(config: DataConfig, context: LoadContext) -> Dataset | str:
    """Load data, or say in a sentence why it cannot be."""
    try:
        return source_problem(config.source) or datasets.load(config, context)
    except ValueError as error:
        return str(error)
    except OSError as error:
        return f"{error.filename or config.source}: {error.strerror or error}"

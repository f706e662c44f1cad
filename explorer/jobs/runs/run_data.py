"""Load the data of a run and check that it has not changed since the training."""

from pathlib import Path

from explorer.config import DataConfig
from explorer.data import catalog as datasets
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.runs.files import RunError
from explorer.runs.run_directory import RunDirectory


def data_of_run(run: RunDirectory, context: LoadContext | None = None, *, dataset: Dataset | None = None) -> Dataset:
    """Load the data of a run, or check ``dataset`` if it is already loaded.

    Raises
    ------
    RunError
        If the data is missing, unreadable, or has changed since the training.
    """
    try:
        dataset = datasets.load(run.config.data, context) if dataset is None else dataset
    except DataError as error:
        raise RunError(f"{run.path}: its data cannot be loaded: {error}") from error
    # The path may be the same although the file has changed; other samples would make codes and splits wrong.
    if dataset.description.fingerprint != run.description.fingerprint:
        raise RunError(
            f"{run.path}: {run.config.data.source} no longer contains the samples that this run was trained on; "
            "train a new run"
        )
    return dataset


def data_problem(run: RunDirectory) -> str:
    """Return why the data of a run is not available, without loading it; "" if it is available."""
    return source_problem(run.config.data.source)


def source_problem(source: str) -> str:
    """Return why a data source is not available, without loading it; "" if it is available."""
    known = {entry.name: entry for entry in datasets.describe_all()}
    if source in known:
        entry = known[source]
        # A data set of the catalogue that needs a download is not fetched without being asked for.
        return entry.problem or ("" if entry.offline else f"{source} must be downloaded first")
    return "" if _exists(source) else f"{source} does not exist"


def _exists(source: str) -> bool:
    try:
        return Path(source).expanduser().exists()
    except (OSError, RuntimeError):  # name too long, folder not readable, or "~name" of an unknown user
        return False


def load_or_why(config: DataConfig, context: LoadContext) -> Dataset | str:
    """Return the loaded data, or a sentence that says why it cannot be loaded."""
    try:
        # Check first: loading would start a download.
        return source_problem(config.source) or datasets.load(config, context)
    except ValueError as error:
        return str(error)
    except OSError as error:
        return f"{error.filename or config.source}: {error.strerror or error}"

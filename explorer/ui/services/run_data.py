"""The data sets that are loaded: of the next run, and of the open ones."""

from PySide6.QtCore import QObject, Signal, Slot

from explorer.config import DataConfig
from explorer.data import catalog as datasets
from explorer.data.dataset import Dataset
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.run_data import load_or_why
from explorer.ui.state.asker import Asker
from explorer.ui.state.tasks import Tasks


class RunData(QObject):
    """Loads data in the background; a data set that several runs need is loaded once.

    ``dataset`` and ``config`` are those of the next run; on failure the ones in use stay.

    Signals
    -------
    changed
        The data of the next run changed.
    """

    changed = Signal()

    def __init__(self, asker: Asker, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asker, self._store, self._tasks = asker, asker.store, tasks
        self.dataset: Dataset | None = None
        self.config = DataConfig()
        self._asked = self.config
        self._store.closed.connect(self._on_closed)

    # Of the next run

    def choose(self, config: DataConfig) -> None:
        """Load the data of the next run."""
        self._asked = config
        self._tasks.cancel("data")
        self._tasks.do("data", lambda context: datasets.load(config, context), lambda data: self._on_data(config, data))

    def use(self, config: DataConfig, dataset: Dataset) -> None:
        """Take data that is loaded already, for example for a preview, as the data of the next run."""
        self._asked = config
        self._tasks.cancel("data")
        self._on_data(config, dataset)

    def _on_data(self, config: DataConfig, dataset: Dataset) -> None:
        if config == self._asked:
            self.dataset, self.config = dataset, config
            self.changed.emit()
            self._offer(config, dataset)

    # Of the open runs

    def loaded(self, config: DataConfig) -> Dataset | None:
        """Return the data of a config where it is loaded; the splits must be equal, too."""
        if config == self.config and self.dataset is not None:
            return self.dataset
        return next(
            (run.dataset for run in self._store.runs.values() if run.config.data == config and run.dataset), None
        )

    def load_of(self, run: OpenRun) -> None:
        """Load the data of an open run, or say why it is not at hand."""
        key, config = run.key, run.config.data
        loaded = self.loaded(config)
        if loaded is not None and _are_of_run(loaded, run):
            self._on_data_of(key, loaded)
            return
        # A run opens without its data: what fails here is said beside its pictures, and is no error.
        self._tasks.do(
            f"data of {key}", lambda context: load_or_why(config, context), lambda data: self._on_data_of(key, data)
        )

    def _offer(self, config: DataConfig, dataset: Dataset) -> None:
        """Give data that is loaded by now to the runs that wait for it."""
        for run in list(self._store.runs.values()):
            if run.dataset is None and run.config.data == config and _are_of_run(dataset, run):
                self._tasks.cancel(f"data of {run.key}")
                self._on_data_of(run.key, dataset)

    def _on_data_of(self, key: str, data: Dataset | str) -> None:
        run = self._store.get(key)
        if run is None or run.dataset is not None:
            return
        if isinstance(data, Dataset) and not _are_of_run(data, run):
            data = f"{run.config.data.source} no longer holds the samples that this run was trained on"
        if isinstance(data, str):
            self._store.set(key, missing_data=data)
            return
        self._asker.take_data(key, data)
        self._store.set(key, dataset=data, missing_data="")
        self._offer(run.config.data, data)

    @Slot(str)
    def _on_closed(self, key: str) -> None:
        self._tasks.cancel(f"data of {key}")


def _are_of_run(dataset: Dataset, run: OpenRun) -> bool:
    return dataset.description.fingerprint == run.description.fingerprint

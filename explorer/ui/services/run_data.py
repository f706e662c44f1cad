"""The loaded data sets: of the next run and of the open runs."""

from PySide6.QtCore import QObject, Signal, Slot

from explorer.config import DataConfig
from explorer.data import catalog as datasets
from explorer.data.catalog import source_title
from explorer.data.dataset import Dataset
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.run_data import load_or_why
from explorer.ui.state.asker import Asker
from explorer.ui.state.tasks import Tasks


class RunData(QObject):
    """Loads data in the background; several runs share one loaded data set.

    ``dataset`` and ``config`` are those of the next run; a failure leaves them unchanged.

    Signals
    -------
    changed
        The data of the next run changed.
    """

    changed = Signal()

    def __init__(
        self, asker: Asker, tasks: Tasks, first: DataConfig | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._asker, self._store, self._tasks = asker, asker.store, tasks
        self.dataset: Dataset | None = None
        self.config = first or DataConfig()
        self._wanted = self.config
        self._store.closed.connect(self._on_closed)

    # Data of the next run

    def choose(self, config: DataConfig) -> None:
        """Load data in the background and use it for the next run."""
        self._wanted = config
        self._tasks.cancel("data")
        self._tasks.do("data", lambda context: datasets.load(config, context), lambda data: self._on_data(config, data))

    def use(self, config: DataConfig, dataset: Dataset) -> None:
        """Use data that is loaded already, for example for a preview, for the next run."""
        self._wanted = config
        self._tasks.cancel("data")
        self._on_data(config, dataset)

    def _on_data(self, config: DataConfig, dataset: Dataset) -> None:
        # The user may have chosen other data while this was loading.
        if config == self._wanted:
            self.dataset, self.config = dataset, config
            self.changed.emit()
            self._offer(config, dataset)

    # Data of the open runs

    def loaded(self, config: DataConfig) -> Dataset | None:
        """Return the loaded data of a config, with equal splits; None if it is not loaded."""
        if config == self.config and self.dataset is not None:
            return self.dataset
        return next(
            (run.dataset for run in self._store.runs.values() if run.config.data == config and run.dataset), None
        )

    def load_of(self, run: OpenRun) -> None:
        """Load the data of an open run; if that fails, the run's ``missing_data`` says why."""
        key, config = run.key, run.config.data
        loaded = self.loaded(config)
        if loaded is not None and _are_of_run(loaded, run):
            self._on_data_of(key, loaded)
            return
        # A run can be opened without its data, so a failure here is shown beside its pictures and is no error.
        self._tasks.do(
            f"data of {key}", lambda context: load_or_why(config, context), lambda data: self._on_data_of(key, data)
        )

    def _offer(self, config: DataConfig, dataset: Dataset) -> None:
        """Pass newly loaded data to the runs that wait for it."""
        for run in list(self._store.runs.values()):
            if run.dataset is None and run.config.data == config and _are_of_run(dataset, run):
                # Another run has loaded the same data first.
                self._tasks.cancel(f"data of {run.key}")
                self._on_data_of(run.key, dataset)

    def _on_data_of(self, key: str, data: Dataset | str) -> None:
        run = self._store.get(key)
        # Closed meanwhile, or served by another run's data.
        if run is None or run.dataset is not None:
            return
        if isinstance(data, Dataset) and not _are_of_run(data, run):
            data = f"{source_title(run.config.data.source)} no longer contains the samples that this run was trained on"
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

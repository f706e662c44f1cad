"""The import that the data dialog edits: its settings with undo, a quick preview of them, and the whole at the end.

1. `open` begins with a source; `set` and `apply` replace settings and keep the former ones for `undo`.
2. After a change, the first samples are read in the background (task `PREVIEW`); typing waits `PAUSE_MILLISECONDS`.
3. Of several readings only the last counts. It tells what was understood, with data or a problem.
4. `use` hands over the data. If only the first samples were read, it reads all before (task `LOAD`).
5. `close` cancels both tasks; their late answers are ignored.
"""

from dataclasses import dataclass
from dataclasses import replace as with_values
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from shiboken6 import isValid

from explorer.config import ConfigError, DataConfig, replace
from explorer.data import catalog
from explorer.data.context import PREVIEW_SAMPLES, LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.report import ColumnUse, ImportReport
from explorer.jobs.workers.background import Done, Working
from explorer.ui.state.tasks import Tasks

PREVIEW, LOAD = "preview data", "read all data"
"""Keys of the background tasks, so that a new one replaces the old."""
PAUSE_MILLISECONDS = 300  # so that typing a number starts one reading, not one per digit


@dataclass(frozen=True)
class Reading:
    """What reading by some settings gave: the data, or the problem in one sentence; the report in both cases."""

    config: DataConfig
    data: Dataset | None
    report: ImportReport
    problem: str = ""


class DataImport(QObject):
    """The settings of an import and what is known of the file by them.

    Signals
    -------
    changed
        The settings, the reading or whether one is in progress changed.
    progressed : Working
        The progress of a reading.
    finished : Reading
        All data was read by the present settings, and is to be used.
    """

    changed = Signal()
    progressed = Signal(object)
    finished = Signal(object)

    def __init__(self, tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self.config = DataConfig()
        self.reading: Reading | None = None
        self.previewed = ImportReport()  # what the user saw before all was read
        self.settings: tuple[str, ...] = ()
        self.choices: dict[str, tuple[str, ...]] = {}
        self.columns: tuple[ColumnUse, ...] = ()
        self._past: list[DataConfig] = []
        self._future: list[DataConfig] = []
        self._typed = ""  # the setting of the last change, as long as its reading has not begun
        self._number = 0  # of the last reading that began
        self._running = False
        self._whole = False
        self._closed = False
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MILLISECONDS)
        self._timer.timeout.connect(self._preview)
        tasks.changed.connect(self._on_task)

    @property
    def is_open(self) -> bool:
        """Whether a source was chosen."""
        return self.is_reading or self.reading is not None

    @property
    def is_unreadable(self) -> bool:
        """Whether the source could not be read, and no setting is known that may help."""
        done = self.reading
        return not self.is_reading and done is not None and done.data is None and not (self.settings or self.columns)

    @property
    def is_reading(self) -> bool:
        """Whether a reading is in progress or about to begin."""
        return self._running or self._timer.isActive()

    @property
    def is_reading_all(self) -> bool:
        """Whether all data is being read, to be used."""
        return self._whole

    @property
    def is_ready(self) -> bool:
        """Whether the present settings gave data."""
        done = self.reading
        return not self.is_reading and done is not None and done.config == self.config and done.data is not None

    @property
    def can_undo(self) -> bool:
        """Whether a change can be undone."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether a change can be made again."""
        return bool(self._future)

    def open(self, config: DataConfig) -> None:
        """Begin with a source and its settings."""
        self._past, self._future = [], []
        self.reading, self.settings, self.choices, self.columns = None, (), {}, ()
        self._go_to(config, at_once=True)

    def set(self, at_once: bool = True, **values: Any) -> None:
        """Change settings; changes of one setting in quick succession are one step of undo.

        Raises
        ------
        ConfigError
            If a value does not fit its setting.
        """
        name = next(iter(values)) if len(values) == 1 else ""
        self.apply(replace(self.config, **values), name=name, at_once=at_once)

    def apply(self, config: DataConfig, *, name: str = "", at_once: bool = True) -> None:
        """Replace the settings; ``name`` is the one that changed, if it is one."""
        if config == self.config:
            return
        if not (name and name == self._typed and self._timer.isActive()):
            self._past.append(self.config)
        self._future, self._typed = [], name
        self._go_to(config, at_once=at_once)

    def undo(self) -> None:
        """Return to the settings before the last change."""
        if self._past:
            self._future.append(self.config)
            self._go_to(self._past.pop(), at_once=True)

    def redo(self) -> None:
        """Make the change again that was undone last."""
        if self._future:
            self._past.append(self.config)
            self._go_to(self._future.pop(), at_once=True)

    def use(self) -> None:
        """Hand over the data; read all of it before, if only a part was read."""
        done = self.reading
        if not self.is_ready or done is None:
            return
        self.previewed = done.report
        if not done.report.partial:
            self.finished.emit(done)
            return
        self._start(LOAD, None)

    def cancel(self) -> None:
        """Cancel the reading in progress."""
        self._timer.stop()
        for key in (PREVIEW, LOAD):
            self._tasks.cancel(key)

    def close(self) -> None:
        """Cancel everything; nothing is announced any more."""
        self._closed = True
        self.cancel()

    def _go_to(self, config: DataConfig, *, at_once: bool) -> None:
        self.config = config
        self.cancel()
        self._running, self._whole = False, False
        if at_once:
            self._preview()
        else:
            self._timer.start()
            self.changed.emit()

    @Slot()
    def _preview(self) -> None:
        self._typed = ""
        self._start(PREVIEW, PREVIEW_SAMPLES)

    def _start(self, key: str, limit: int | None) -> None:
        self._number, self._running, self._whole = self._number + 1, True, limit is None
        work, then = partial(_read, self.config, limit), partial(self._on_read, self._number)
        # Reading all can take minutes; the second thread leaves the first one free for other work.
        self._tasks.do(key, work, then, partial(self._on_ended, self._number), aside=self._whole)
        self.changed.emit()

    def _is_last(self, number: int) -> bool:
        # The dialog may have been deleted with its window; nothing of Qt may be touched then.
        return not self._closed and isValid(self) and self._running and number == self._number

    def _on_read(self, number: int, done: Reading) -> None:
        if not self._is_last(number):
            return
        whole, self._running, self._whole, self.reading = self._whole, False, False, done
        self._keep(done.report)
        self.changed.emit()
        if whole and done.data is not None:
            self.finished.emit(done)

    def _keep(self, report: ImportReport) -> None:
        """Keep what is known of the file: a reading that fails may not get far enough to say it again."""
        self.settings = tuple(dict.fromkeys((*self.settings, *report.settings)))
        self.choices = {**self.choices, **report.choices}
        self.columns = report.columns or self.columns

    def _on_ended(self, number: int) -> None:
        """Note that a reading was cancelled, or failed by a fault of the program, which a message tells."""
        if not self._is_last(number):
            return
        whole, self._running, self._whole = self._whole, False, False
        # The preview stays valid if reading all of it is cancelled.
        if not whole:
            again = "Change a setting to read again." if self.settings else "Choose the file or folder again."
            self.reading = Reading(self.config, None, ImportReport(), f"Reading was stopped. {again}")
        self.changed.emit()

    @Slot(object)
    def _on_task(self, news: Working | Done) -> None:
        if isinstance(news, Working) and news.key in (PREVIEW, LOAD) and self._running and not self._closed:
            self.progressed.emit(news)


def _read(config: DataConfig, limit: int | None, context: LoadContext) -> Reading:
    # Exceptions of a task would become a message; here the sentence belongs into the dialog.
    try:
        data = catalog.load(config, with_values(context, limit=limit))
    except DataError as error:
        return Reading(config, None, error.report, str(error))
    except ConfigError as error:
        return Reading(config, None, ImportReport(), str(error))
    return Reading(config, data, data.report)

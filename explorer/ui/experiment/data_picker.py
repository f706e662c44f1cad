"""The choice of data for the next run: the catalogue, recently used files and other files."""

import json
from pathlib import Path

from pydantic import ValidationError
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from explorer.config import DataConfig, RunConfig, config_to_json
from explorer.data import catalog
from explorer.jobs.workers.background import Done, Working
from explorer.ui.data_import.data_progress import DataProgress, describe
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.boxes import ChoiceBox
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import FieldLabel
from explorer.ui.widgets.settings import settings

MAX_ENTRIES = 6
_KEY = "data/recent"


def recent_data() -> tuple[DataConfig, ...]:
    """Return recently used data, the newest first; unreadable entries are left out."""
    try:
        entries = json.loads(str(settings().value(_KEY, "[]")))
    # The settings file can be edited by hand.
    except ValueError:
        return ()
    found = []
    for entry in entries if isinstance(entries, list) else ():
        try:
            found.append(DataConfig(**entry))
        # An entry of another version of the program.
        except (ValidationError, TypeError):
            continue
    return tuple(found[:MAX_ENTRIES])


def remember_data(config: DataConfig) -> None:
    """Put data at the beginning of the list; each source is listed once."""
    others = [other for other in recent_data() if other.source != config.source]
    entries = [config_to_json(RunConfig(data=each))["data"] for each in (config, *others)][:MAX_ENTRIES]
    settings().setValue(_KEY, json.dumps(entries))


def forget_data() -> None:
    """Clear the list of recently used data."""
    settings().remove(_KEY)


def recent_data_entries() -> list[tuple[str, str, DataConfig]]:
    """Return title, source and settings of the recently used data that still exists."""
    found = [config for config in recent_data() if Path(config.source).expanduser().exists()]
    return [(catalog.source_title(config.source), config.source, config) for config in found]


_CHOSEN = "data/chosen"


def chosen_data() -> DataConfig | None:
    """Return the data of the next run when the window was last used; None at the first start, or if it is gone."""
    try:
        config = DataConfig(**json.loads(str(settings().value(_CHOSEN, ""))))
    except (ValueError, ValidationError, TypeError):
        return None
    return config if config.source in catalog.names() or Path(config.source).expanduser().exists() else None


def remember_choice(config: DataConfig) -> None:
    """Store the data of the next run for the next start."""
    settings().setValue(_CHOSEN, json.dumps(config_to_json(RunConfig(data=config))["data"]))


TASK = "data"
"""Key of the loading task of `RunData.choose`."""
_OPEN = "open"


class DataPicker(QWidget):
    """A combo box of data sets. Choosing one loads it; the data in use stays until the load has succeeded.

    Signals
    -------
    open_wanted : DataConfig or None
        Open the dialog: for the options of this data, or None to choose a file.
    settled : bool
        Loading has ended; True if the chosen data is in use now.
    """

    open_wanted = Signal(object)
    settled = Signal(bool)

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._tasks, self._run_data = state.tasks, state.data
        self._loading = 0
        self.combo = set_identity(ChoiceBox(), "dataset_combo", "Data set that the next run is trained on", "Data")
        self._options = set_identity(QToolButton(), "data_options", "Set how this data is read and split")
        self._options.setProperty("kind", "inline")
        self._summary = set_identity(QLabel(wordWrap=True), "data_summary", accessible="Description of the data")
        self._summary.setProperty("role", "muted")
        self._progress = DataProgress()
        self._fill()
        self.combo.activated.connect(self._on_activated)
        self._options.clicked.connect(self._on_options)
        self._progress.cancel.clicked.connect(self._on_cancel)
        self._arrange()
        state.data.changed.connect(self._on_data)
        state.tasks.changed.connect(self._on_task)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()
        self._show_summary()

    @property
    def loading(self) -> bool:
        """Whether data is being loaded."""
        return self._loading > 0

    def choose(self, config: DataConfig) -> None:
        """Load data; a load in progress is cancelled."""
        if self._loading:
            # The cancelled load will still report its end, hence a counter instead of a flag.
            self._tasks.cancel(TASK)
        elif config == self._run_data.config and self._run_data.dataset is not None:
            # Already in use: nothing to load, but the box may show another entry.
            self._show_choice()
            return
        self._loading += 1
        self._show(config)
        self._progress.begin(catalog.source_title(config.source))
        self._run_data.choose(config)

    def _arrange(self) -> None:
        label = FieldLabel("Data")
        label.setBuddy(self.combo)
        # The options are beside the label, which leaves the whole width to the name of the data.
        head = QHBoxLayout()
        head.addWidget(label, 1)
        head.addWidget(self._options)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(head)
        layout.addWidget(self.combo)
        layout.addSpacing(2)
        layout.addWidget(self._summary)
        layout.addWidget(self._progress)

    def _fill(self) -> None:
        self.combo.clear()
        for entry in catalog.describe_all():
            if entry.problem:
                self.combo.add_unusable(entry.title, entry.problem)
            else:
                title = entry.title if entry.offline else f"{entry.title} · download"
                self.combo.add(title, DataConfig(source=entry.name), entry.summary)
        # Catalogue, recent files, own file: three groups with separators between.
        self.combo.insertSeparator(self.combo.count())
        recent = recent_data()
        for config in recent:
            self.combo.add(catalog.source_title(config.source), config, config.source)
        if recent:
            self.combo.insertSeparator(self.combo.count())
        self.combo.addItem("Open file or folder…", _OPEN)
        self._show_choice()

    def _show(self, config: DataConfig) -> None:
        """Select the entry of some data, and store its options with the entry."""
        for index in range(self.combo.count()):
            entry = self.combo.itemData(index)
            if isinstance(entry, DataConfig) and entry.source == config.source:
                self.combo.setItemData(index, config)
                self.combo.setCurrentIndex(index)
                return
        # Not in the list yet: a file that was just opened.
        self.combo.insertItem(0, catalog.source_title(config.source), config)
        self.combo.setItemData(0, config.source, Qt.ItemDataRole.ToolTipRole)
        self.combo.setCurrentIndex(0)

    def _show_choice(self) -> None:
        self._show(self._run_data.config)

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        chosen = self.combo.itemData(index)
        if isinstance(chosen, DataConfig):
            self.choose(chosen)
            return
        # "Open…" is no data; select the data in use again.
        self._show_choice()
        self.open_wanted.emit(None)

    @Slot()
    def _on_options(self) -> None:
        self.open_wanted.emit(self._run_data.config)

    @Slot()
    def _on_cancel(self) -> None:
        self._tasks.cancel(TASK)

    @Slot()
    def _on_data(self) -> None:
        config = self._run_data.config
        remember_choice(config)
        # Data of the catalogue is always listed.
        if config.source not in catalog.names():
            remember_data(config)
        # Refilling the box during a load would select the data in use instead of what is being loaded.
        if not self._loading:
            self._fill()
        self._show_summary()
        if not self._loading:
            self.settled.emit(True)

    @Slot(object)
    def _on_task(self, news: Working | Done) -> None:
        if news.key != TASK:
            return
        if isinstance(news, Working):
            self._progress.show_working(news)
            return
        self._loading = max(0, self._loading - 1)
        if not self._loading:
            self._progress.hide()
            if news.problem or news.cancelled:
                self._show_choice()
                self.settled.emit(False)

    def _show_summary(self) -> None:
        data = self._run_data.dataset
        self._summary.setText("" if data is None else describe(data, brief=True))
        self._summary.setToolTip("" if data is None else describe(data))
        self._summary.setVisible(data is not None)

    @Slot()
    def _apply_theme(self) -> None:
        self._options.setIcon(icon("settings", self._themes.theme))

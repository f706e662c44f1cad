"""Open data: choose or drop a file or folder, see what was recognised and what it holds, set what matters, use it."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from explorer.config import ConfigError, DataConfig, FieldDescription, describe_fields, replace
from explorer.data import catalog
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.sources.inspect import SPLIT_SETTINGS, SourceOptions, found_label, found_split, inspect
from explorer.jobs.workers.background import Done, Working
from explorer.ui.experiment.config_form import TwoColumns
from explorer.ui.experiment.data_picker import DataProgress, data_title
from explorer.ui.experiment.fields import ChoiceField, Field, ManyOfField, build_field
from explorer.ui.experiment.sample_sheet import SampleSheet
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

INSPECT, PREVIEW = "look at data", "preview data"
"""Keys of the dialog's background tasks."""
PAUSE_MILLISECONDS = 300


class DataDialog(QDialog):
    """Chooses data for the next run. The data in use stays in use until the new one is loaded and taken.

    Parameters
    ----------
    what
        A path to look at, data whose options are wanted, or None to choose a file first.
    """

    def __init__(
        self,
        state: AppState,
        themes: ThemeSource,
        what: DataConfig | Path | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        set_identity(self, "data_dialog", accessible="Open data").setWindowTitle("Open data")
        self.setAcceptDrops(True)
        self._themes = themes
        self._tasks, self._run_data = state.tasks, state.data
        self._config = DataConfig()
        self._loaded: Dataset | None = None
        self._fields: dict[str, Field] = {}
        self._reading = 0
        self._over = False
        self._where = set_identity(QLabel(wordWrap=True), "data_path", accessible="The chosen file or folder")
        self._file = set_identity(
            QPushButton("File…"), "data_file", "An array (.npy, .npz), table (.csv, .parquet), text (.txt, .md) or IDX"
        )
        self._folder = set_identity(
            QPushButton("Folder…"), "data_folder", "A folder of pictures or texts, or one with IDX files"
        )
        self._message = set_identity(QLabel(wordWrap=True), "data_problem", accessible="What was found")
        self._options = TwoColumns()
        self._progress = DataProgress()
        self._sheet = SampleSheet(themes)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        cancel = self._buttons.button(QDialogButtonBox.StandardButton.Cancel)
        set_identity(cancel, "data_dialog_cancel", "Keep the current data", "Cancel")
        self._use = set_identity(QPushButton("Use this data"), "data_use", "Use this data for the next run")
        self._use.setProperty("kind", "primary")
        self._use.setDefault(True)
        self._buttons.addButton(self._use, QDialogButtonBox.ButtonRole.AcceptRole)
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MILLISECONDS)
        self._arrange()
        self._connect()
        self._begin(what)

    def open_path(self, path: Path) -> None:
        """Look at a file or folder."""
        self._reset(str(path))
        self._say(f"Reading {path.name or path}")
        self._tasks.do(INSPECT, lambda _: _inspect_or_why(path), self._on_inspected)

    def done(self, result: int) -> None:
        """Close; what was being read is cancelled."""
        if self._over:
            return
        self._over = True
        self._timer.stop()
        for key in (INSPECT, PREVIEW):
            self._tasks.cancel(key)
        self._tasks.changed.disconnect(self._on_task)
        super().done(result)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a file or folder."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Look at what was dropped."""
        path = next(Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())
        event.acceptProposedAction()
        self.open_path(path)

    def _arrange(self) -> None:
        choose = QHBoxLayout()
        choose.addWidget(self._file)
        choose.addWidget(self._folder)
        choose.addStretch(1)
        place = QFrame()
        place.setProperty("panel", "raised")
        box = QVBoxLayout(place)
        box.addWidget(self._where)
        box.addLayout(choose)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 6, 0)
        for widget in (place, self._message, self._options, self._progress, self._sheet):
            column.addWidget(widget)
        column.addStretch(1)
        scroll = set_identity(QScrollArea(widgetResizable=True), "data_scroll", accessible="The data and its options")
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.addWidget(scroll, 1)
        layout.addWidget(self._buttons)
        letter = self.fontMetrics().horizontalAdvance("m")
        self.resize(48 * letter, 46 * letter)

    def _connect(self) -> None:
        self._file.clicked.connect(self._on_file)
        self._folder.clicked.connect(self._on_folder)
        self._buttons.accepted.connect(self._on_use)
        self._buttons.rejected.connect(self.reject)
        self._progress.cancel.clicked.connect(self._on_cancel)
        self._timer.timeout.connect(self._preview)
        self._tasks.changed.connect(self._on_task)

    def _begin(self, what: DataConfig | Path | None) -> None:
        self._use.setEnabled(False)
        self._sheet.show_data(None)
        if what is None:
            self._where.setText(
                "Drop a file (.npy, .npz, .csv, .tsv, .parquet, .txt, .md, .rst) or a folder (pictures, texts, or "
                "MNIST's) here, or choose one."
            )
        elif isinstance(what, Path):
            self.open_path(what)
        elif what.source in catalog.names():
            self._reset(what.source)
            self._config = what
            self._where.setText(data_title(what))
            settings = (*catalog.settings_of(what.source), *SPLIT_SETTINGS)
            self._show_options(SourceOptions(Path(what.source), "catalogue", "", settings), what)
        else:
            self.open_path(Path(what.source))
            self._config = what

    def _reset(self, source: str) -> None:
        self._config = DataConfig(source=source)
        self._loaded = None
        self._fields = {}
        self._options.show_fields([])
        self._where.setText(source)
        self._use.setEnabled(False)
        self._sheet.show_data(None)

    def _say(self, text: str, *, wrong: bool = False) -> None:
        self._message.setProperty("role", "error" if wrong else "muted")
        self._message.style().unpolish(self._message)
        self._message.style().polish(self._message)
        self._message.setText(text)

    def _on_inspected(self, found: SourceOptions | str) -> None:
        if self._over:
            return
        if isinstance(found, str):
            self._say(found, wrong=True)
        elif str(found.path) == self._config.source:
            self._say(f"{found.title[:1].upper()}{found.title[1:]}: {found.summary}")
            self._show_options(found, self._config)

    def _show_options(self, options: SourceOptions, config: DataConfig) -> None:
        self._fields = {}
        for description in describe_fields(DataConfig):
            if description.name in options.settings:
                field = _field(description, options)
                value = getattr(config, description.name)
                if value == description.default:
                    value = options.suggested.get(description.name, value)
                field.set_value(value)
                field.changed.connect(self._on_changed)
                self._fields[description.name] = field
        split = [field for name, field in self._fields.items() if name in SPLIT_SETTINGS]
        self._options.show_fields([[each for each in self._fields.values() if each not in split], split])
        self._preview()

    @Slot()
    def _on_changed(self) -> None:
        self._use.setEnabled(False)
        self._timer.start()

    @Slot()
    def _preview(self) -> None:
        if any(field.problem for field in self._fields.values()):
            return
        try:
            config = replace(self._config, **{name: field.value for name, field in self._fields.items()})
        except ConfigError as error:
            self._say(str(error), wrong=True)
            return
        self._config, self._loaded = config, None
        self._use.setEnabled(False)
        self._tasks.cancel(PREVIEW)
        self._reading += 1
        self._progress.begin(data_title(config))
        self._tasks.do(PREVIEW, lambda context: _load_or_why(config, context), self._on_loaded)

    def _on_loaded(self, loaded: tuple[DataConfig, Dataset | str]) -> None:
        config, data = loaded
        if self._over or config != self._config:
            return
        if isinstance(data, str):
            self._sheet.show_data(None)
            self._say(data, wrong=True)
            return
        self._loaded = data
        if self._message.property("role") == "error":
            self._say("")
        self._sheet.show_data(data)
        self._use.setEnabled(True)

    @Slot(object)
    def _on_task(self, news: Working | Done) -> None:
        if news.key != PREVIEW:
            return
        if isinstance(news, Working):
            self._progress.show_working(news)
            return
        self._reading -= 1
        if self._reading == 0:
            self._progress.hide()
            if news.cancelled:
                self._say("Loading was cancelled. Change an option to load again.")

    @Slot()
    def _on_cancel(self) -> None:
        self._tasks.cancel(PREVIEW)

    @Slot()
    def _on_use(self) -> None:
        if self._loaded is not None:
            self._run_data.use(self._config, self._loaded)
            self.accept()

    @Slot()
    def _on_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self,
            "Open data",
            "",
            "Data (*.npy *.npz *.csv *.tsv *.txt *.md *.rst *.parquet *.pq *.gz *.idx *-ubyte);;All files (*)",
        )
        if path:
            self.open_path(Path(path))

    @Slot()
    def _on_folder(self) -> None:
        if path := QFileDialog.getExistingDirectory(self, "Open a folder of data"):
            self.open_path(Path(path))


def _field(description: FieldDescription, options: SourceOptions) -> Field:
    """Build a field that offers what the file holds."""
    choices = options.choices.get(description.name)
    if choices is None:
        return build_field("data", description)
    if description.is_list:
        return ManyOfField("data", description, choices=choices)
    nothing = ("", _without_choice(description.name, options))
    return ChoiceField("data", description, choices=[nothing, *((name, name) for name in choices)])


def _without_choice(name: str, options: SourceOptions) -> str:
    """Say what is taken where nothing is chosen."""
    if name == "samples_key":
        return "detected automatically"
    found = {"label_column": found_label(options), "split_column": found_split(options)}.get(name, "")
    return f"{found} (found)" if found else "none"


def _inspect_or_why(path: Path) -> SourceOptions | str:
    try:
        return inspect(path)
    except DataError as error:
        return str(error)


def _load_or_why(config: DataConfig, context: LoadContext) -> tuple[DataConfig, Any]:
    try:
        return config, catalog.load(config, context)
    except DataError as error:
        return config, str(error)

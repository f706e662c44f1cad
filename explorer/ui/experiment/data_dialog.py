"""The dialog that opens data: choose a file or folder, check what was recognized, set options, use it.

1. A path is chosen, typed or dropped; `inspect` looks at it in the background (task `INSPECT`).
2. Its `SourceOptions` become fields, with the settings that the file suggests.
3. After each change, and `PAUSE_MILLISECONDS` without another, the data is loaded in the background (task `PREVIEW`).
4. A result counts only if its settings are still those of the dialog; then the sheet shows it.
5. "Use this data" hands over the loaded data. Until then the data in use stays.
6. Closing cancels both tasks; late answers are ignored.
"""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
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
from explorer.ui.experiment.data_picker import DataProgress
from explorer.ui.experiment.fields import ChoiceField, Field, ManyOfField, build_field
from explorer.ui.experiment.sample_sheet import SampleSheet
from explorer.ui.experiment.two_columns import TwoColumns
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.buttons import resize_to_text
from explorer.ui.widgets.identity import set_identity, set_style_property
from explorer.ui.widgets.saving import ask_file, ask_folder

INSPECT, PREVIEW = "look at data", "preview data"
"""Keys of the dialog's background tasks, so that a new one replaces the old."""
PAUSE_MILLISECONDS = 300  # so that typing a number starts one load, not one per digit


class DataDialog(QDialog):
    """The dialog that opens data for the next run. The data in use stays until the new data is loaded and accepted.

    Parameters
    ----------
    what
        A path to inspect, data whose options to change, or None to choose a file first.
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
        self._reading = 0  # number of loads that have not ended
        self._over = False  # True once closed: tasks may still answer
        self._where = set_identity(QLabel(wordWrap=True), "data_path", accessible="The chosen file or folder")
        self._file = set_identity(
            QPushButton("File…"), "data_file", "An array (.npy, .npz), table (.csv, .parquet), text (.txt, .md) or IDX"
        )
        self._folder = set_identity(
            QPushButton("Folder…"), "data_folder", "A folder of pictures or texts, or one with IDX files"
        )
        self._message = set_identity(QLabel(wordWrap=True), "data_problem", accessible="What was found")
        self._options = TwoColumns(themes)
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
        """Inspect a file or folder."""
        self._reset(str(path))
        self._show_message(f"Reading {path.name or path}")
        self._tasks.do(INSPECT, lambda _: _inspect_or_why(path), self._on_inspected)

    def done(self, result: int) -> None:
        """Close the dialog and cancel its tasks."""
        # accept() and the window's end can both get here.
        if self._over:
            return
        self._over = True
        self._timer.stop()
        for key in (INSPECT, PREVIEW):
            self._tasks.cancel(key)
        # The dialog lives until its deletion is processed; a later signal must not reach it.
        self._tasks.changed.disconnect(self._on_task)
        super().done(result)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept a dragged file or folder."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Inspect the dropped file or folder."""
        path = next(Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())
        event.acceptProposedAction()
        self.open_path(path)

    def _arrange(self) -> None:
        choose = QHBoxLayout()
        choose.addWidget(self._file)
        choose.addWidget(self._folder)
        choose.addStretch(1)
        source = QFrame()
        source.setProperty("panel", "raised")
        box = QVBoxLayout(source)
        box.addWidget(self._where)
        box.addLayout(choose)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 6, 0)
        for widget in (source, self._message, self._options, self._progress, self._sheet):
            column.addWidget(widget)
        column.addStretch(1)
        scroll = set_identity(QScrollArea(widgetResizable=True), "data_scroll", accessible="The data and its options")
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.addWidget(scroll, 1)
        layout.addWidget(self._buttons)
        resize_to_text(self, 48, 46)

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
        # Data of the catalogue needs no inspection: its settings are known.
        elif what.source in catalog.names():
            self._reset(what.source)
            self._config = what
            self._where.setText(catalog.source_title(what.source))
            settings = (*catalog.settings_of(what.source), *SPLIT_SETTINGS)
            self._show_options(SourceOptions(Path(what.source), "catalogue", "", settings), what)
        else:
            self.open_path(Path(what.source))
            # After open_path, which resets the settings.
            self._config = what

    def _reset(self, source: str) -> None:
        self._config = DataConfig(source=source)
        self._loaded = None
        self._fields = {}
        self._options.show_fields([])
        self._where.setText(source)
        self._use.setEnabled(False)
        self._sheet.show_data(None)

    def _show_message(self, text: str, *, wrong: bool = False) -> None:
        set_style_property(self._message, "role", "error" if wrong else "muted")
        self._message.setText(text)

    def _on_inspected(self, found: SourceOptions | str) -> None:
        if self._over:
            return
        if isinstance(found, str):
            self._show_message(found, wrong=True)
        # Another path may have been chosen since.
        elif str(found.path) == self._config.source:
            self._show_message(f"{found.title[:1].upper()}{found.title[1:]}: {found.summary}")
            self._show_options(found, self._config)

    def _show_options(self, options: SourceOptions, config: DataConfig) -> None:
        self._fields = {}
        # In the order of the config class, as in its documentation.
        for description in describe_fields(DataConfig):
            if description.name in options.settings:
                field = _field(description, options)
                value = getattr(config, description.name)
                # A setting of the user's wins over what the file suggests.
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
        # The data shown belongs to the former settings.
        self._use.setEnabled(False)
        self._timer.start()

    @Slot()
    def _preview(self) -> None:
        if any(field.problem for field in self._fields.values()):
            return
        try:
            config = replace(self._config, **{name: field.value for name, field in self._fields.items()})
        except ConfigError as error:
            self._show_message(str(error), wrong=True)
            return
        # _loaded is the data of exactly _config, or None.
        self._config, self._loaded = config, None
        self._use.setEnabled(False)
        self._tasks.cancel(PREVIEW)
        # A cancelled load still reports its end: count them, and hide the progress after the last.
        self._reading += 1
        self._progress.begin(catalog.source_title(config.source))
        self._tasks.do(PREVIEW, lambda context: _load_or_why(config, context), self._on_loaded)

    def _on_loaded(self, loaded: tuple[DataConfig, Dataset | str]) -> None:
        config, data = loaded
        # An answer to former settings.
        if self._over or config != self._config:
            return
        if isinstance(data, str):
            self._sheet.show_data(None)
            self._show_message(data, wrong=True)
            return
        self._loaded = data
        if self._message.property("role") == "error":
            self._show_message("")
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
                self._show_message("Loading was cancelled. Change an option to load again.")

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
        path = ask_file(
            self,
            "Open data",
            "data",
            "Data (*.npy *.npz *.csv *.tsv *.txt *.md *.rst *.parquet *.pq *.gz *.idx *-ubyte);;All files (*)",
        )
        if path is not None:
            self.open_path(path)

    @Slot()
    def _on_folder(self) -> None:
        path = ask_folder(self, "Open a folder of data", "data")
        if path is not None:
            self.open_path(path)


def _field(description: FieldDescription, options: SourceOptions) -> Field:
    """Return a field that offers the columns or arrays found in the file."""
    choices = options.choices.get(description.name)
    # Nothing to choose from: the ordinary editor.
    if choices is None:
        return build_field("data", description)
    if description.is_list:
        return ManyOfField("data", description, choices=choices)
    nothing = ("", _without_choice(description.name, options))
    return ChoiceField("data", description, choices=[nothing, *((name, name) for name in choices)])


def _without_choice(name: str, options: SourceOptions) -> str:
    """Return the text for "no choice": what the reader then uses."""
    if name == "samples_key":
        return "detected automatically"
    found = {"label_column": found_label(options), "split_column": found_split(options)}.get(name, "")
    return f"{found} (found)" if found else "none"


def _inspect_or_why(path: Path) -> SourceOptions | str:
    # Exceptions of a task would become a message box; here the text belongs into the dialog.
    try:
        return inspect(path)
    except DataError as error:
        return str(error)


def _load_or_why(config: DataConfig, context: LoadContext) -> tuple[DataConfig, Any]:
    try:
        return config, catalog.load(config, context)
    except DataError as error:
        return config, str(error)

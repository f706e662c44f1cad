"""The dialog that opens data: choose a file or folder, check how it was understood, set roles and options, use it.

1. A path is chosen, typed or dropped, or the dialog opens with data whose settings are to be changed.
2. `DataImport` reads the first samples in the background, at the beginning and after each change.
3. `_show` draws its state: the report and samples at the left, the roles of columns and the settings at the right.
4. "Use this data" reads the rest and hands it over. Until then the data in use stays.
"""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from explorer.config import ConfigError, DataConfig
from explorer.data import catalog
from explorer.data.dataset import DataError
from explorer.data.imports.chosen_roles import KIND_SETTINGS, with_kind, with_offer, with_role
from explorer.data.imports.recipes import fitting_recipes, named_recipe
from explorer.data.report import ImportReport, Offer, Role
from explorer.jobs.runs.settings import in_labels
from explorer.ui.data_import.data_formats import file_patterns, openable_text
from explorer.ui.data_import.data_import import DataImport, Reading
from explorer.ui.data_import.data_progress import DataProgress, describe
from explorer.ui.data_import.import_report_view import ImportReportView
from explorer.ui.data_import.import_settings import ImportSettings
from explorer.ui.data_import.recipe_menu import RecipeButton
from explorer.ui.data_import.role_table import RoleTable
from explorer.ui.data_import.sample_sheet import SampleSheet
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.style_sheet import GAP
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.buttons import resize_to_text, tool_button
from explorer.ui.widgets.identity import set_identity, set_style_property
from explorer.ui.widgets.labels import ElidingLabel
from explorer.ui.widgets.saving import ask_file, ask_folder
from explorer.ui.widgets.settings import settings
from explorer.ui.widgets.windows import recall_geometry, remember_geometry

NAME = "data_dialog"
"""Prefix of what is remembered between two openings."""
COLUMNS_SHARE = 0.6
"""Maximum share of the height that the columns take at first."""


class DataDialog(QDialog):
    """The dialog that opens data for the next run. The data in use stays until the new data is loaded and accepted.

    Parameters
    ----------
    what
        A path to open, data whose settings to change, or None to choose a file first.
    """

    def __init__(
        self,
        state: AppState,
        themes: ThemeSource,
        what: DataConfig | Path | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        set_identity(self, NAME, accessible="Open data").setWindowTitle("Open data")
        self.setAcceptDrops(True)
        self._themes, self._run_data, self._messages = themes, state.data, state.messages
        self._import = DataImport(state.tasks, self)
        self._over = False
        self._moved = False  # whether the user has shared the height between columns and settings
        self._make_widgets(themes)
        self._arrange()
        self._connect()
        self._apply_theme()
        self._show()
        if isinstance(what, Path):
            self.open_path(what)
        elif what is not None:
            self._import.open(what)

    def open_path(self, path: Path) -> None:
        """Read a file or folder."""
        self._import.open(DataConfig(source=str(path)))

    def done(self, result: int) -> None:
        """Close the dialog and cancel its tasks."""
        # accept() and the window's end can both get here.
        if self._over:
            return
        self._over = True
        self._import.close()
        remember_geometry(self, NAME)
        for splitter in (self._split, self._right) if self._moved else (self._split,):
            settings().setValue(f"{NAME}/{splitter.objectName()}", splitter.saveState())
        super().done(result)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ignore Enter in a field, where it ends the editing; elsewhere it presses the default button."""
        typing = isinstance(self.focusWidget(), QLineEdit | QAbstractSpinBox)
        if not (typing and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)):
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept a dragged file or folder."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Read the dropped file or folder."""
        path = next(Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())
        event.acceptProposedAction()
        self.open_path(path)

    def _make_widgets(self, themes: ThemeSource) -> None:
        self._file = set_identity(QPushButton("File…"), "data_file", "Open a file: a table, arrays, text, an archive")
        self._folder = set_identity(QPushButton("Folder…"), "data_folder", "Open a folder of pictures, texts or arrays")
        for button in (self._file, self._folder):
            button.setAutoDefault(False)  # Enter uses the data
        self._where = set_identity(ElidingLabel(), "data_path", accessible="The chosen file or folder")
        self._where.setElideMode(Qt.TextElideMode.ElideMiddle)
        self._undo = tool_button("data_undo", "", "Undo the last change (Ctrl+Z)")
        self._redo = tool_button("data_redo", "", "Redo the change (Ctrl+Shift+Z)")
        self._recipes = RecipeButton(self._present)
        self._message = set_identity(QLabel(wordWrap=True), "data_problem", accessible="What was found")
        self._partial = set_identity(QLabel(wordWrap=True), "data_partial", accessible="How much was read")
        self._partial.setProperty("role", "muted")
        for label in (self._message, self._partial):
            label.setTextFormat(Qt.TextFormat.PlainText)  # names in a file may have "<" in them
        self._empty = set_identity(QLabel(openable_text(), wordWrap=True), "data_empty", accessible="What to do first")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sheet = SampleSheet(themes)
        self._report = ImportReportView()
        self._roles = RoleTable(themes)
        self._settings = ImportSettings(themes)
        self._progress = DataProgress()
        self._progress.cancel.setText("Stop")
        self._progress.cancel.setToolTip("Stop reading; the dialog stays open")
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        cancel = self._buttons.button(QDialogButtonBox.StandardButton.Cancel)
        set_identity(cancel, "data_dialog_cancel", "Keep the current data (Esc)", "Cancel")
        self._use = set_identity(
            QPushButton("Use this data"), "data_use", "Read all of it, and use it for the next run"
        )
        self._use.setProperty("kind", "primary")
        self._use.setDefault(True)
        self._buttons.addButton(self._use, QDialogButtonBox.ButtonRole.AcceptRole)

    def _arrange(self) -> None:
        head = QHBoxLayout()
        for widget in (self._file, self._folder):
            head.addWidget(widget)
        head.addWidget(self._where, 1)
        for button in (self._undo, self._redo, self._recipes):
            head.addWidget(button)
        found = QWidget()
        column = QVBoxLayout(found)
        column.setContentsMargins(0, 0, 6, 0)
        for part in (self._sheet, self._report):
            column.addWidget(part)
        column.addStretch(1)
        self._right = set_identity(QSplitter(Qt.Orientation.Vertical), "columns_split", accessible="Columns, settings")
        self._columns = _panel(self._roles)
        self._right.addWidget(self._columns)
        self._right.addWidget(_panel(_scrolling(self._settings, "data_settings_scroll", "Settings of the import")))
        self._split = set_identity(QSplitter(Qt.Orientation.Horizontal), "report_split", accessible="Report, settings")
        self._split.addWidget(_panel(_scrolling(found, "data_scroll", "The samples and the report")))
        self._split.addWidget(self._right)
        for splitter in (self._right, self._split):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(GAP)
        self._pages = QStackedWidget()
        self._first = _scrolling(self._empty, "data_empty_scroll", "What to do first")
        self._pages.addWidget(self._first)
        self._pages.addWidget(self._split)
        foot = QHBoxLayout()
        foot.addWidget(self._progress, 1)
        foot.addWidget(self._buttons, 0, Qt.AlignmentFlag.AlignBottom)
        layout = QVBoxLayout(self)
        layout.addLayout(head)
        layout.addWidget(self._message)
        layout.addWidget(self._partial)
        layout.addWidget(self._pages, 1)
        layout.addLayout(foot)
        resize_to_text(self, 94, 56)
        recall_geometry(self, NAME)
        # Shares of the window, whatever the parts would ask for.
        self._split.setSizes([42 * self.width(), 58 * self.width()])
        for splitter in (self._split, self._right):
            state = settings().value(f"{NAME}/{splitter.objectName()}")
            if isinstance(state, QByteArray):
                self._moved |= splitter is self._right
                splitter.restoreState(state)

    def _connect(self) -> None:
        self._file.clicked.connect(self._on_file)
        self._folder.clicked.connect(self._on_folder)
        self._buttons.accepted.connect(self._import.use)
        self._buttons.rejected.connect(self.reject)
        self._progress.cancel.clicked.connect(self._import.cancel)
        self._import.changed.connect(self._show)
        self._import.progressed.connect(self._progress.show_working)
        self._import.finished.connect(self._on_finished)
        self._settings.changed.connect(self._on_setting)
        self._roles.role_chosen.connect(self._on_role)
        self._roles.kind_chosen.connect(self._on_kind)
        self._report.offered.connect(self._on_offer)
        self._report.recipe_chosen.connect(self._on_recipe)
        self._recipes.chosen.connect(self._on_recipe)
        self._recipes.failed.connect(partial(self._show_message, role="error"))
        self._recipes.edited.connect(self._show)
        self._undo.clicked.connect(self._import.undo)
        self._redo.clicked.connect(self._import.redo)
        for key, button in (("Ctrl+Z", self._undo), ("Ctrl+Shift+Z", self._redo), ("Ctrl+Y", self._redo)):
            QShortcut(QKeySequence(key), self).activated.connect(button.click)
        self._right.splitterMoved.connect(self._on_moved)
        self._themes.changed.connect(self._apply_theme)

    @Slot()
    def _show(self) -> None:
        """Draw the state of the import."""
        state = self._import
        done = state.reading
        report = done.report if done is not None else ImportReport()
        # A file of which nothing is known leaves only another choice.
        self._pages.setCurrentWidget(self._split if state.is_open and not state.is_unreadable else self._first)
        self._where.setText(state.config.source if state.is_open else "")
        self._undo.setEnabled(state.can_undo)
        self._redo.setEnabled(state.can_redo)
        self._use.setEnabled(state.is_ready)
        for part in (self._split, self._file, self._folder, self._recipes):
            part.setEnabled(not state.is_reading_all)
        # The table has the kinds, too, if the features are columns.
        in_table = KIND_SETTINGS.values() if any(column.role == "feature" for column in state.columns) else ()
        applying = [name for name in state.settings if name not in in_table]
        self._settings.show_settings(state.config, applying, state.choices)
        self._columns.setVisible(bool(state.columns))
        if self._roles.show_columns(state.columns, state.config) and not self._moved:
            self._share_height()
        self._show_reading(done)
        fitting = fitting_recipes(state.config, report) if done is not None else ()
        self._report.show_report(report, [recipe.name for recipe in fitting])
        if not state.is_reading:
            self._progress.hide()
        elif self._progress.isHidden():
            self._progress.begin(catalog.source_title(state.config.source))

    def _share_height(self) -> None:
        """Set the height of the columns to what they need, at most `COLUMNS_SHARE`; the settings get the rest."""
        whole = sum(self._right.sizes())
        columns = min(self._roles.full_height(), round(COLUMNS_SHARE * whole))
        self._right.setSizes([columns, whole - columns])

    def _show_reading(self, done: Reading | None) -> None:
        self._sheet.show_data(done.data if done is not None else None)
        partial_text = done.report.partial if done is not None else ""
        self._partial.setText(f"Preview of {partial_text}. “Use this data” reads all." if partial_text else "")
        self._partial.setVisible(bool(partial_text))
        if done is None:
            self._show_message("")
        elif done.data is None:
            problem = in_labels(done.problem)
            # The path is above, in the head of the dialog.
            if (sentence := problem.removeprefix(f"{done.config.source}: ")) != problem:
                problem = f"{sentence[:1].upper()}{sentence[1:]}"
            self._show_message(problem, role="error")
        else:
            title = done.report.format.partition(" (")[0]  # without the suffixes
            self._show_message(f"{title[:1].upper()}{title[1:]}: {describe(done.data)}", role="head")

    def _show_message(self, text: str, role: str = "muted") -> None:
        set_style_property(self._message, "role", role)
        self._message.setText(text)
        self._message.setVisible(bool(text))

    def _present(self) -> tuple[DataConfig, ImportReport] | None:
        """Return the settings and the report that a recipe is made of; None before a file was read."""
        done = self._import.reading
        return None if done is None else (self._import.config, done.report)

    @Slot(str)
    def _on_setting(self, name: str) -> None:
        field = self._settings.field(name)
        if field.problem:
            return
        try:
            self._import.set(at_once=field.description.kind == "choice", **{name: field.value})
        except ConfigError as error:
            self._show_message(in_labels(str(error)), role="error")

    @Slot(tuple, object)
    def _on_role(self, names: tuple[str, ...], role: Role | None) -> None:
        self._import.apply(with_role(self._import.config, names, role))

    @Slot(tuple, str)
    def _on_kind(self, names: tuple[str, ...], kind: str) -> None:
        self._import.apply(with_kind(self._import.config, names, kind))

    @Slot(object)
    def _on_offer(self, offer: Offer) -> None:
        try:
            self._import.apply(with_offer(self._import.config, offer))
        except ConfigError as error:
            self._show_message(in_labels(str(error)), role="error")

    @Slot(str)
    def _on_recipe(self, name: str) -> None:
        try:
            recipe = named_recipe(name)
        except DataError as error:
            self._show_message(str(error), role="error")
            return
        self._import.apply(recipe.applied(self._import.config.source))

    @Slot(object)
    def _on_finished(self, done: Reading) -> None:
        assert done.data is not None
        news = [line for line in _doubts(done.report) if line not in _doubts(self._import.previewed)]
        self._run_data.use(done.config, done.data)
        self.accept()
        # Said after the dialog has closed: the preview had not reached these rows.
        if news:
            more = f", and {len(news) - 1} more; the options of the data list all" if len(news) > 1 else ""
            self._messages.notify(f"{news[0]}{more}")

    @Slot()
    def _on_moved(self) -> None:
        self._moved = True

    @Slot()
    def _on_file(self) -> None:
        path = ask_file(self, "Open data", "data", f"Data ({file_patterns()});;All files (*)")
        if path is not None:
            self.open_path(path)

    @Slot()
    def _on_folder(self) -> None:
        path = ask_folder(self, "Open a folder of data", "data")
        if path is not None:
            self.open_path(path)

    @Slot()
    def _apply_theme(self) -> None:
        self._undo.setIcon(icon("undo", self._themes.theme))
        self._redo.setIcon(icon("redo", self._themes.theme))


def _panel(widget: QWidget) -> QFrame:
    frame = QFrame()
    frame.setProperty("panel", "true")
    QVBoxLayout(frame).addWidget(widget)
    return frame


def _scrolling(widget: QWidget, name: str, accessible: str) -> QScrollArea:
    scroll = set_identity(QScrollArea(widgetResizable=True), name, accessible=accessible)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setWidget(widget)
    return scroll


def _doubts(report: ImportReport) -> list[str]:
    return [*report.warnings, *(each.text for each in report.left_out)]

"""The dialog of own input: an editor, the list of inputs, the steps of the fitting, and the results of each run.

It is not modal: while it is open, the chosen input is marked on the plane of each run whose data fits.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMimeData, QSize, Qt, Slot
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QHideEvent,
    QImage,
    QKeySequence,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.data.dataset import DataError
from explorer.data.own_input.fit_input import why_no_fit
from explorer.data.own_input.input_files import file_source
from explorer.data.own_input.open_picture import open_picture
from explorer.data.own_input.sources import InputSource, TextSource, numbers_source, row_source
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.codes.encode_input import EncodedInput
from explorer.ui.curves.legend import run_names
from explorer.ui.own_input.fitting_strip import FittingStrip
from explorer.ui.own_input.input_editor import InputEditor
from explorer.ui.own_input.input_saver import InputSaver
from explorer.ui.own_input.input_words import fitting_text
from explorer.ui.own_input.own_inputs import OwnInputs
from explorer.ui.own_input.result_rows import ResultRow
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.buttons import SCREEN_SHARE, close_button, compact_button, tool_button
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.keyed_list import KeyedList, KeyedRow
from explorer.ui.widgets.saving import ask_file
from explorer.ui.widgets.windows import bring_to_front, recall_geometry, remember_geometry

FIRST_SIZE = QSize(1000, 700)
EDITOR_WIDTH, LIST_HEIGHT = 292, 96
"""Sizes in pixels at text scale 1."""
EMPTY = (
    "Draw or type at the left, paste (Ctrl+V), open a file, or drop one here. The input is fitted to the data of each "
    "run in view, encoded, and marked on its plane."
)
NO_RUN = "Open a run first: the input is fitted to its data"
NOTHING_TO_PASTE = "The clipboard has neither a picture nor a text"


class OwnInputDialog(QDialog):
    """Makes, keeps and shows own inputs."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "own_input_dialog", accessible="Your own input").setWindowTitle("Your own input")
        self._state, self._themes = state, themes
        self.inputs = OwnInputs(state, self)
        self.editor = InputEditor(state, self.inputs, themes)
        self.saver = InputSaver(state, self.inputs, themes, self)
        self.strip = FittingStrip(state.tasks, themes)
        self._rows: list[ResultRow] = []
        self._build()
        self._connect()
        self.setAcceptDrops(True)
        room = self.screen().availableSize() * SCREEN_SHARE
        self.resize((FIRST_SIZE * themes.scale).boundedTo(room))
        recall_geometry(self, "own_input")

    # Input from outside

    def paste(self) -> None:
        """Take the picture, file or text of the clipboard."""
        self.take(QGuiApplication.clipboard().mimeData(), "clipboard")

    def take(self, data: QMimeData, name: str) -> None:
        """Take a picture, a file or a text that was pasted or dropped."""
        # Files first: a copied file comes with its path as a text, too, and often with a picture.
        files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if files:
            self.open_files(files)
        elif data.hasImage():
            self._add(lambda run: open_picture(_png(QImage(data.imageData())), name), name)
        elif data.hasText() and data.text().strip():
            self._add(lambda run: _text_source(run, data.text()), name)
        else:
            self._state.messages.notify(NOTHING_TO_PASTE)

    def open_files(self, paths: list[Path]) -> None:
        """Open files as inputs."""
        for path in paths:
            self._add(partial(_file_source, path), path.stem, path)

    def _add(self, read: Callable[[OpenRun], InputSource], name: str, path: Path | None = None) -> None:
        run = self.inputs.active_run
        if run is None:
            self._state.messages.notify(NO_RUN)
            return
        try:
            source = read(run)
        except DataError as error:
            self._say(str(error))  # it begins with the name of the file
            return
        if not self.inputs.fits_any(source):
            self._say(why_no_fit(source, run.description))
            return
        self._problem.hide()
        self.inputs.add(source, name, path)
        bring_to_front(self)

    def _say(self, problem: str) -> None:
        """Show an error, in the dialog if it is open."""
        if self.isVisible():
            self._problem.setText(problem)
            self._problem.show()
        else:
            self._state.messages.notify(problem)

    # Events

    def showEvent(self, event: QShowEvent) -> None:
        """Ask the runs in view."""
        super().showEvent(event)
        self.inputs.set_active(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask and mark nothing while the dialog is hidden; store its size."""
        # A model that encodes for a hidden window would take time from the visible ones.
        self.inputs.set_active(False)
        remember_geometry(self, "own_input")
        super().hideEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept files, pictures and texts."""
        data = event.mimeData()
        if data.hasUrls() or data.hasImage() or data.hasText():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add the dropped files, picture or text."""
        event.acceptProposedAction()
        self.take(event.mimeData(), "dropped")

    # Parts

    def _build(self) -> None:
        self._new = tool_button("own_input_new", "New", "Begin another input (Ctrl+N)")
        self._paste = tool_button("own_input_paste", "Paste", "Take the picture or text of the clipboard (Ctrl+V)")
        self._open = tool_button("own_input_open", "Open…", "Open a picture, a text or a file of numbers (Ctrl+O)")
        self._remove = tool_button("own_input_remove", "", "Remove the chosen input from the list (Delete)")
        self._remove.setAccessibleName("Remove")
        self._export = tool_button("own_input_export", "Save or copy", "Save the inputs, or copy the command")
        self._menu = set_identity(QMenu(self), "own_input_export_menu", accessible="Save or copy")
        self._menu.setToolTipsVisible(True)
        self._export.setMenu(self._menu)
        self._export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._list = set_identity(KeyedList(), "own_input_list", "The inputs of this session", "Inputs")
        self._problem = set_identity(QLabel(wordWrap=True), "own_input_file_problem", accessible="What is wrong")
        self._problem.setProperty("role", "warning")
        self._problem.hide()
        self._head = QLabel("Fitted to the data")
        self._head.setProperty("role", "head")
        self._reset = tool_button("own_input_reset", "Automatic", "Choose all steps automatically again")
        self._done = set_identity(QLabel(wordWrap=True), "own_input_done", accessible="What the fitting did")
        self._empty = set_identity(QLabel(EMPTY, wordWrap=True), "own_input_empty", accessible="What to do")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for label in (self._done, self._empty):
            label.setProperty("role", "muted")
        self._results = QWidget()
        self._result_column = QVBoxLayout(self._results)
        self._result_column.setContentsMargins(0, 0, 0, 0)
        columns = QHBoxLayout()
        columns.addWidget(self._left())
        columns.addWidget(self._right(), 1)
        bottom = QHBoxLayout()
        bottom.addWidget(self._export)
        bottom.addStretch(1)
        bottom.addWidget(close_button(self, "own_input"))
        column = QVBoxLayout(self)
        column.addLayout(columns, 1)
        column.addLayout(bottom)

    def _left(self) -> QWidget:
        self._side = QFrame()
        self._side.setProperty("panel", "true")
        buttons = FlowLayout(spacing=4)
        for button in (self._new, self._paste, self._open, self._remove):
            buttons.addWidget(button)
        column = QVBoxLayout(self._side)
        column.addWidget(self.editor, 1)
        column.addWidget(self._problem)
        column.addLayout(buttons)
        column.addWidget(self._list)
        return self._side

    def _right(self) -> QWidget:
        panel = QFrame()
        panel.setProperty("panel", "true")
        top = QHBoxLayout()
        top.addWidget(self._head, 1)
        top.addWidget(self._reset)
        inner = QWidget()
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(0, 0, 4, 0)
        rows.addLayout(top)
        for widget in (self.strip, self._done, self._results):
            rows.addWidget(widget)
        rows.addStretch(1)
        self._scroll = set_identity(QScrollArea(widgetResizable=True), "own_input_scroll", accessible="Results")
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inner)
        column = QVBoxLayout(panel)
        column.addWidget(self._empty, 1)
        column.addWidget(self._scroll, 1)
        return panel

    def _connect(self) -> None:
        self._new.clicked.connect(self.editor.begin_new)
        self._paste.clicked.connect(self.paste)
        self._open.clicked.connect(self._on_open)
        self._remove.clicked.connect(self.inputs.remove)
        self._reset.clicked.connect(self.inputs.reset_steps)
        self._menu.aboutToShow.connect(self._fill_menu)
        self._list.current_changed.connect(self._on_item)
        self.strip.switched.connect(self._on_switched)
        self.inputs.changed.connect(self._draw)
        self._state.units.changed.connect(self._draw)
        # Shortcuts of this window: undo here means strokes, not the session.
        for keys, slot in (
            ("Ctrl+Z", self.editor.undo),
            ("Ctrl+Shift+Z", self.editor.redo),
            ("Ctrl+Y", self.editor.redo),
            ("Ctrl+N", self.editor.begin_new),
            ("Ctrl+O", self._on_open),
            ("Ctrl+V", self.paste),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(slot)
        delete = QShortcut(QKeySequence("Delete"), self._list, context=Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self.inputs.remove)
        self._themes.changed.connect(self._apply_theme)
        self._apply_theme()

    # Drawing

    @Slot()
    def _draw(self) -> None:
        inputs, chosen = self.inputs, self.inputs.chosen
        self.editor.fit_to(inputs.active_run)
        self._draw_list()
        self._remove.setEnabled(chosen is not None)
        self._new.setEnabled(inputs.active_run is not None)
        self._empty.setText(EMPTY if inputs.active_run is not None else f"{NO_RUN}.")
        has_results = chosen is not None and inputs.active_run is not None
        self._empty.setVisible(not has_results)
        self._scroll.setVisible(has_results)
        if has_results:
            self._draw_fitting()
            self._draw_results()

    def _draw_fitting(self) -> None:
        run = self._fitted_run
        found = None if run is None else self.inputs.answer(run.key)
        encoded = found if isinstance(found, EncodedInput) else None
        self.strip.show_fitting(None if encoded is None else encoded.fitted, None if run is None else run.description)
        self._head.setText("Fitted to the data" if run is None else f"Fitted to {run.description.name}")
        words = "" if encoded is None else fitting_text(encoded)
        self._done.setText(words)
        self._done.setVisible(bool(words))
        chosen = self.inputs.chosen
        self._reset.setVisible(chosen is not None and bool(chosen.choices))

    @property
    def _fitted_run(self) -> OpenRun | None:
        """The run whose fitting is shown: the active one, or the first one whose data fits."""
        return next((run for run, why in self.inputs.runs if not why), None)

    def _draw_results(self) -> None:
        runs = self.inputs.runs
        for number in range(len(self._rows), len(runs)):
            row = ResultRow(number + 1, self._state, self._themes)
            row.probe_wanted.connect(lambda number=number: self._on_probe(number))
            row.sample_chosen.connect(lambda sample, number=number: self._on_near(number, sample))
            self._result_column.addWidget(row)
            self._rows.append(row)
        names = run_names([run for run, _ in runs])
        for row, (run, why), name in zip(self._rows, runs, names, strict=False):
            row.show_answer(run, name, self.inputs.answer(run.key), why)
        for number, row in enumerate(self._rows):
            row.setVisible(number < len(runs))

    def _draw_list(self) -> None:
        rows = tuple(
            KeyedRow(one.name, one.number, one.name if one.path is None else str(one.path))
            for one in self.inputs.inputs
        )
        chosen = self.inputs.chosen
        # Blocked: marking the chosen input is not a choice of the user.
        self._list.blockSignals(True)
        # Other rows would scroll the list to its top.
        if rows != self._list.rows:
            self._list.show_rows(rows)
        if chosen is not None:
            self._list.set_current(chosen.number)
        self._list.blockSignals(False)
        self._list.setVisible(bool(self.inputs.inputs))

    # Input from the user

    @Slot()
    def _fill_menu(self) -> None:
        self._menu.clear()
        self._menu.addActions(self.saver.actions())

    @Slot()
    def _on_open(self) -> None:
        path = ask_file(self, "Open an input", "own_input", "Pictures, texts and numbers (*)")
        if path is not None:
            self.open_files([path])

    @Slot(object)
    def _on_item(self, number: int) -> None:
        self.inputs.choose(number)

    @Slot(str, bool)
    def _on_switched(self, step: str, on: bool) -> None:
        run = self._fitted_run
        if run is not None:
            self.inputs.switch(run, step, on)

    def _on_probe(self, number: int) -> None:
        self.inputs.probe(self.inputs.runs[number][0].key)

    def _on_near(self, number: int, sample: int) -> None:
        self._state.probing.probe_sample(self.inputs.runs[number][0].key, sample)

    @Slot()
    def _apply_theme(self) -> None:
        scale, theme = self._themes.scale, self._themes.theme
        self._side.setFixedWidth(round((EDITOR_WIDTH + 28) * scale))
        # On a low screen the list gives way first: it scrolls, and the canvas does not.
        self._list.setMinimumHeight(round(LIST_HEIGHT / 2 * scale))
        self._list.setMaximumHeight(round(LIST_HEIGHT * scale))
        for button, name in (
            (self._new, "plus"),
            (self._open, "folder"),
            (self._export, "save"),
            (self._remove, "close"),
        ):
            button.setIcon(icon(name, theme))
            button.setStyleSheet(compact_button(self._themes))
        for button in (self._paste, self._reset):
            button.setStyleSheet(compact_button(self._themes))


def _png(image: QImage) -> bytes:
    """Return an image as the bytes of a PNG file, which are read like those of any picture."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def _file_source(path: Path, run: OpenRun) -> InputSource:
    return file_source(path, run.description)


def _text_source(run: OpenRun, text: str) -> InputSource:
    """Return a pasted text as an input for the data of a run: a text, a row such as "width=3", or numbers."""
    if run.description.kind != "vector":
        return TextSource(text)
    if "=" in text:
        return row_source(text, "median")
    return numbers_source(text)

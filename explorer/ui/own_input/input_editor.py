"""The editor of own input, chosen by the data of the active run: a canvas, a form for a row, or a text field.

1. `fit_to` chooses the editor, and asks for the common style of the pictures or the usual values of the columns.
2. What the user makes becomes a new input; from then on, edits change this input.
3. When an input that was made here is chosen again, the editor shows it, with its strokes.
"""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from explorer.data.own_input.row_input import columns_of
from explorer.data.own_input.sources import InputSource, NumbersSource, RowSource, TextSource
from explorer.jobs.queries.own_input_questions import FindPictureStyle, FindRowDefaults
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.ui.corruption.paint_history import PaintHistory
from explorer.ui.own_input.canvas_editor import CanvasEditor
from explorer.ui.own_input.own_inputs import OwnInputs
from explorer.ui.own_input.row_editor import RowEditor
from explorer.ui.own_input.text_editor import TextEditor
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

NO_RUN = "Open a run: what you draw or type is fitted to its data."
MANY_CHANNELS = (
    "Pictures of this data have neither one nor three channels, so none can be drawn. Open a file of another run."
)


class InputEditor(QWidget):
    """Edits inputs for the data of the active run."""

    def __init__(self, state: AppState, inputs: OwnInputs, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._inputs = inputs
        # The usual style and values depend on the data only, not on the weights.
        self._usual = LiveQuestion(state.asker, self._on_usual, follows_weights=False, parent=self)
        self._run: OpenRun | None = None
        self._made = dict[int, PaintHistory | None]()  # inputs that were made here, and the strokes of drawings
        self.canvas = CanvasEditor(state.tasks, themes)
        self.row, self.text = RowEditor(state.asker), TextEditor(state.asker)
        self._empty = set_identity(QLabel(NO_RUN, wordWrap=True), "own_input_no_editor", accessible="What to do")
        self._empty.setProperty("role", "muted")
        self._title = set_identity(QLabel(), "own_input_editor_title", accessible="Kind of input")
        self._title.setProperty("role", "head")
        self._stack = QStackedWidget()
        for widget in (self._empty, self.canvas, self.row, self.text):
            self._stack.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._title)
        column.addWidget(self._stack, 1)
        for editor in (self.canvas, self.row, self.text):
            editor.edited.connect(self._on_edited)
        inputs.chosen_changed.connect(self._show_chosen)

    def fit_to(self, run: OpenRun | None) -> None:
        """Show the editor for the data of a run."""
        before, self._run = self._run, run
        if run is None:
            self._title.setText("")
            self._empty.setText(NO_RUN)
            self._stack.setCurrentWidget(self._empty)
            return
        # Fitting the editor again would remove what is half typed.
        known = before is not None and before.description is run.description
        if known and before is not None and (before.dataset is None) == (run.dataset is None):
            return
        self._fit_editor(run)
        self._show_chosen()

    def begin_new(self) -> None:
        """Begin a new input: an empty canvas, or an empty field."""
        if self._stack.currentWidget() is self.canvas:
            self.canvas.show_drawing(None)
            self._add(self.canvas.source, "drawing")
        elif self._stack.currentWidget() is self.row:
            self._add(self.row.source, "row")
        else:
            self.text.show_source(None)
            self.text.field.setFocus()

    def undo(self) -> None:
        """Undo the last stroke."""
        self.canvas.undo() if self._stack.currentWidget() is self.canvas else self.text.field.undo()

    def redo(self) -> None:
        """Redo the last stroke."""
        self.canvas.redo() if self._stack.currentWidget() is self.canvas else self.text.field.redo()

    def _fit_editor(self, run: OpenRun) -> None:
        description = run.description
        question: FindPictureStyle | FindRowDefaults | None = None
        if description.kind == "image" and description.shape[0] in (1, 3):
            height, width = description.shape[1:]
            self._title.setText(f"Draw for {description.name} ({width}×{height})")
            self.canvas.fit_to(description, None)
            self._stack.setCurrentWidget(self.canvas)
            question = FindPictureStyle(run.key, run.dataset is not None)
        elif description.kind == "image":
            self._empty.setText(MANY_CHANNELS)
            self._stack.setCurrentWidget(self._empty)
        elif description.kind == "vector" and description.axis is None and columns_of(description):
            self._title.setText(f"A row for {description.name}")
            self.row.fit_to(description, ())
            self._stack.setCurrentWidget(self.row)
            question = FindRowDefaults(run.key, run.dataset is not None)
        else:
            what = "A text" if description.kind == "text" else "Numbers"
            self._title.setText(f"{what} for {description.name}")
            self.text.fit_to(description)
            self._stack.setCurrentWidget(self.text)
        if question is not None:
            self._usual.ask(question)
        else:
            self._usual.drop()

    def _on_usual(self, answer: Answer) -> None:
        run = self._run
        # The active pane may have changed since it was asked.
        if run is None or answer.question.run != run.key:
            return
        if isinstance(answer.question, FindPictureStyle):
            self.canvas.fit_to(run.description, answer.value)
        else:
            self.row.fit_to(run.description, answer.value)

    @Slot(object)
    def _on_edited(self, source: InputSource) -> None:
        chosen = self._inputs.chosen
        if chosen is not None and chosen.number in self._made and self._is_shown(chosen.source):
            self._inputs.edit(source)
            return
        kinds = {RowSource: "row", NumbersSource: "numbers", TextSource: "text"}
        self._add(source, kinds.get(type(source), "drawing"))

    def _add(self, source: InputSource, kind: str) -> None:
        strokes = self.canvas.history if kind == "drawing" else None
        number = 1 + sum(one.name.startswith(kind) for one in self._inputs.inputs)
        # Noted before it is chosen, as choosing shows it here.
        self._made[self._inputs.next_number] = strokes
        self._inputs.add(source, f"{kind} {number}")

    def _is_shown(self, source: InputSource) -> bool:
        """Return whether the editor in front can edit an input."""
        kinds: dict[QWidget, tuple[type, ...]] = {self.row: (RowSource,), self.text: (TextSource, NumbersSource)}
        shown = self._stack.currentWidget()
        chosen = self._inputs.chosen
        if shown is self.canvas:
            return chosen is not None and self._made.get(chosen.number) is self.canvas.history
        return shown is not None and isinstance(source, kinds.get(shown, ()))

    @Slot()
    def _show_chosen(self) -> None:
        """Show the chosen input, if it was made here; the canvas is empty for other inputs."""
        chosen = self._inputs.chosen
        if chosen is None or chosen.number not in self._made:
            self.canvas.show_drawing(None)
            return
        strokes = self._made[chosen.number]
        if strokes is not None:
            self.canvas.show_drawing(strokes)
        elif isinstance(chosen.source, RowSource):
            self.row.show_row(chosen.source)
        elif isinstance(chosen.source, TextSource | NumbersSource):
            self.text.show_source(chosen.source)

"""Controls of the corruption dialog: kind and level of the corruption, and the brush."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QFrame, QLabel, QSlider, QVBoxLayout, QWidget

from explorer.data.corruption import KINDS, Corruption, CorruptionKind
from explorer.data.painting import BRUSHES
from explorer.ui.corruption.corruption_controller import CorruptionController
from explorer.ui.decode.code.code_sliders import STEPS, steps_slider
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.boxes import ChoiceBox, DecimalBox
from explorer.ui.widgets.buttons import side_by_side, tool_button
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.identity import set_identity

ERASER = ""


class CorruptionTools(QFrame):
    """One line for kind and level, one for the brush; every change goes to the controller.

    Signals
    -------
    brush_changed
        ``brush`` or ``brush_size`` changed.
    """

    brush_changed = Signal()

    def __init__(self, controller: CorruptionController, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller, self._themes = controller, themes
        self.setProperty("panel", "true")
        self._offered: tuple[str, ...] = ()
        self._build()
        self._connect()
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    @property
    def brush(self) -> str:
        """The selected brush; "" erases."""
        chosen = self._brushes.checkedButton()
        return ERASER if chosen is None else str(chosen.property("brush"))

    @property
    def brush_size(self) -> int:
        """The brush's diameter in pixels of the picture."""
        return self._size.value()

    def show_state(self, kinds: tuple[CorruptionKind, ...]) -> None:
        """Show the controller's state; ``kinds`` are those that the data allows."""
        self._offer(kinds)
        corruption = self._controller.request.corruption
        kind = KINDS[corruption.kind]
        usable = not self._controller.problem
        # Showing the state must not change it.
        with QSignalBlocker(self._kind), QSignalBlocker(self._level), QSignalBlocker(self._number):
            self._kind.choose(kind.name)
            if not self._level.isSliderDown():
                self._level.setValue(round(corruption.level * STEPS))
            self._number.setValue(corruption.level)
        self._meaning.setText(kind.level_means)
        self._redraw.setText("New mask" if kind.hides else "New noise")
        self._kind.setEnabled(usable)
        self._as_trained.setEnabled(usable)
        for control in (self._level, self._number, self._redraw):
            control.setEnabled(usable and kind.name != "none")
        self._show_brush()

    def _show_brush(self) -> None:
        painting, paints = self._controller.painting, self._controller.can_paint
        for button in self._brushes.buttons():
            button.setEnabled(paints)
        self._size.setEnabled(paints)
        self._undo.setEnabled(paints and painting is not None and painting.can_undo)
        self._redo.setEnabled(paints and painting is not None and painting.can_redo)
        self._clear.setEnabled(paints and painting is not None and bool(painting.layer.any()))
        # A brush wider than half of the picture would cover it with one stroke.
        if painting is not None:
            self._size.setMaximum(max(2, max(painting.layer.shape) // 2))
        run = self._controller.run
        no_picture = run is not None and run.description.kind != "image"
        self._size_label.setText("the brush needs a picture" if no_picture else f"{self._size.value()} pixels")

    def _offer(self, kinds: tuple[CorruptionKind, ...]) -> None:
        names = tuple(kind.name for kind in kinds)
        # Filling the box again would close it while the user chooses.
        if names == self._offered:
            return
        self._offered = names
        with QSignalBlocker(self._kind):
            self._kind.clear()
            for kind in kinds:
                self._kind.add(kind.name.capitalize(), kind.name, kind.summary)

    # Input from the user

    @Slot(int)
    def _on_kind(self, index: int) -> None:
        name = self._kind.itemData(index)
        if name is not None:
            self._controller.set_corruption(Corruption(name, self._controller.request.corruption.level))

    @Slot(int)
    def _on_slid(self, position: int) -> None:
        self._set_level(position / STEPS)

    @Slot(float)
    def _set_level(self, level: float) -> None:
        self._controller.set_corruption(Corruption(self._controller.request.corruption.kind, level))

    @Slot()
    def _on_redraw(self) -> None:
        self._controller.new_noise()

    @Slot()
    def _on_as_trained(self) -> None:
        self._controller.as_trained()

    @Slot()
    def _on_brush(self) -> None:
        self._show_brush()
        self.brush_changed.emit()

    @Slot()
    def undo(self) -> None:
        """Undo the last stroke."""
        if self._controller.painting is not None:
            self._controller.painting.undo()
            self._controller.repaint()

    @Slot()
    def redo(self) -> None:
        """Redo the stroke undone last."""
        if self._controller.painting is not None:
            self._controller.painting.redo()
            self._controller.repaint()

    @Slot()
    def clear(self) -> None:
        """Remove everything painted."""
        if self._controller.painting is not None:
            self._controller.painting.clear()
            self._controller.repaint()

    # Construction

    def _build(self) -> None:
        self._kind = set_identity(ChoiceBox(), "corruption_kind", "Kind of corruption", "Corruption")
        self._level = set_identity(
            steps_slider(), "corruption_level", "Amount of corruption; the reconstruction follows", "Level"
        )
        self._number = set_identity(DecimalBox(), "corruption_level_edit", "Amount, from 0 to 1", "Level, typed")
        self._number.setRange(0, 1)
        self._number.setSingleStep(0.05)
        # A typed level counts when it is complete.
        self._number.setKeyboardTracking(False)
        self._meaning = set_identity(QLabel(), "corruption_level_words", accessible="Meaning of the amount")
        self._meaning.setProperty("role", "muted")
        self._redraw = tool_button("corruption_redraw", "New noise", "Draw new noise or a new mask (N)")
        self._as_trained = tool_button(
            "corruption_as_trained", "As trained", "Use the corruption that this run was trained with"
        )
        self._brushes = QButtonGroup(self)
        for brush in BRUSHES.values():
            self._add_brush(brush.name, brush.name.capitalize(), brush.tip)
        self._add_brush(ERASER, "Erase", "Erase what you painted")
        self._brushes.buttons()[0].setChecked(True)
        self._size = set_identity(
            QSlider(Qt.Orientation.Horizontal), "corruption_brush_size", "Diameter of the brush in pixels"
        )
        self._size.setRange(1, 14)
        self._size.setValue(2)
        self._size_label = set_identity(QLabel(), "corruption_brush_words", accessible="Diameter of the brush")
        self._size_label.setProperty("role", "muted")
        self._undo = tool_button("corruption_undo", "", "Undo the last stroke (Ctrl+Z)")
        self._redo = tool_button("corruption_redo", "", "Redo the stroke (Ctrl+Shift+Z)")
        self._clear = tool_button("corruption_clear", "Clear", "Remove all strokes")
        self._column = QVBoxLayout(self)
        by_kind = (_head("Corruption"), self._kind, self._level, self._number, self._meaning)
        self._add_line(*by_kind, side_by_side(self._redraw, self._as_trained))
        brushes, steps = side_by_side(*self._brushes.buttons()), side_by_side(self._undo, self._redo, self._clear)
        self._add_line(_head("Brush"), brushes, self._size, self._size_label, steps)

    def _add_line(self, *widgets: QWidget) -> None:
        line = FlowLayout(spacing=8)
        for widget in widgets:
            line.addWidget(widget)
        self._column.addLayout(line)

    def _add_brush(self, brush: str, text: str, tip: str) -> None:
        button = tool_button(f"corruption_brush_{brush or 'erase'}", text, tip, checkable=True)
        button.setProperty("brush", brush)
        self._brushes.addButton(button)

    def _connect(self) -> None:
        self._kind.currentIndexChanged.connect(self._on_kind)
        self._level.valueChanged.connect(self._on_slid)
        self._number.valueChanged.connect(self._set_level)
        self._redraw.clicked.connect(self._on_redraw)
        self._as_trained.clicked.connect(self._on_as_trained)
        self._brushes.buttonClicked.connect(self._on_brush)
        self._size.valueChanged.connect(self._on_brush)
        self._undo.clicked.connect(self.undo)
        self._redo.clicked.connect(self.redo)
        self._clear.clicked.connect(self.clear)

    @Slot()
    def _apply_theme(self) -> None:
        height = self.fontMetrics().height()
        margin = round(10 * self._themes.scale)
        self._column.setContentsMargins(margin, margin, margin, margin)
        self._column.setSpacing(round(0.6 * margin))
        self._level.setFixedWidth(14 * height)
        self._number.setFixedWidth(6 * height)
        self._kind.setFixedWidth(10 * height)
        self._size.setFixedWidth(8 * height)
        for button, name in ((self._redraw, "random"), (self._undo, "undo"), (self._redo, "redo")):
            button.setIcon(icon(name, self._themes.theme))


def _head(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "head")
    return label

"""One row for each pin: picture, letter, description, a slider and a number field for its weight, and a button."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.latent.blends.polygon import Weights, with_weight
from explorer.ui.blend.polygon_painter import ShownPin
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.boxes import DecimalBox, JumpSlider
from explorer.ui.widgets.buttons import compact_button
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import FittingLabel

ROW, PICTURE, SLIDER, MIN_TEXT = 28, 24, 110, 48
"""Height of a row, side of its picture, largest width of its slider and least width of its text, at text scale 1."""
STEPS = 1000
"""Positions of a slider."""


class PinRow(QWidget):
    """The row of one pin.

    Signals
    -------
    dragged : float
        The weight at which the slider is now, while it is dragged; ``grabbed`` and ``released`` begin and end it.
    set_to : float
        A weight that was set by a key or in the number field.
    removal_wanted
        The pin is to be removed.
    """

    grabbed = Signal()
    dragged = Signal(float)
    released = Signal()
    set_to = Signal(float)
    removal_wanted = Signal()

    def __init__(self, letter: str, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._shown: object = None  # the image that the picture was made from
        name = f"blend_pin_{letter.lower()}"
        self.setObjectName(name)
        self.picture = set_identity(QLabel(), f"{name}_picture", accessible=f"Pin {letter}")
        self.letter = QLabel(letter)
        self.letter.setProperty("role", "head")
        self.text = set_identity(FittingLabel(), f"{name}_text", accessible=f"What pin {letter} is")
        self.text.setProperty("role", "muted")
        tip = f"Weight of {letter}; the other weights keep their proportions. Delete removes the pin"
        self.slider = set_identity(JumpSlider(wheel_needs_focus=True), f"{name}_slider", tip, f"Weight of {letter}")
        # Qt sliders count in whole numbers.
        self.slider.setRange(0, STEPS)
        self.slider.setPageStep(STEPS // 10)
        self.slider.setSingleStep(STEPS // 100)
        self.box = set_identity(
            DecimalBox(), f"{name}_weight", f"Weight of {letter}, from 0 to 1", f"Weight of {letter}"
        )
        self.box.setRange(0.0, 1.0)
        self.box.setDecimals(2)
        self.box.setSingleStep(0.05)
        # Typed digits count when the number is complete.
        self.box.setKeyboardTracking(False)
        self.remove = set_identity(QToolButton(), f"{name}_remove", f"Remove {letter}", f"Remove {letter}")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        for widget in (self.picture, self.letter, self.text, self.slider, self.box, self.remove):
            self._row.addWidget(widget, {self.text: 3, self.slider: 2}.get(widget, 0))
        self.slider.sliderPressed.connect(self.grabbed)
        self.slider.sliderReleased.connect(self.released)
        self.slider.valueChanged.connect(self._on_slider)
        self.box.valueChanged.connect(self.set_to)
        self.remove.clicked.connect(self.removal_wanted)
        self.apply_theme()

    def show_pin(self, pin: ShownPin, forms: Sequence[str]) -> None:
        """Show a pin and its weight."""
        self.text.set_forms(*forms)
        if pin.image is not None and pin.image is not self._shown:
            self._shown = pin.image
            self._show_picture(pin)
        with QSignalBlocker(self.slider), QSignalBlocker(self.box):
            # The dragged slider is the source of the weight; setting it back by rounding would make it stutter.
            if not self.slider.isSliderDown():
                self.slider.setValue(round(STEPS * pin.weight))
            if not self.box.hasFocus() or round(pin.weight, 2) != self.box.value():
                self.box.setValue(pin.weight)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Remove the pin by Delete."""
        if event.key() == Qt.Key.Key_Delete:
            self.removal_wanted.emit()
        else:
            super().keyPressEvent(event)

    def apply_theme(self) -> None:
        """Take the theme's colours and sizes."""
        scale = self._themes.scale
        self._row.setSpacing(round(8 * scale))
        side = round(PICTURE * scale)
        self.picture.setFixedSize(QSize(side, side))
        self.slider.setMinimumWidth(round(SLIDER / 2 * scale))
        self.slider.setMaximumWidth(round(SLIDER * scale))
        self.text.setMinimumWidth(round(MIN_TEXT * scale))
        metrics = self.box.fontMetrics()
        self.box.setFixedWidth(metrics.horizontalAdvance("0.00") + round(42 * scale))
        low = (
            f"padding-top: 0; padding-bottom: 0; min-height: {round(22 * scale)}px; max-height: {round(22 * scale)}px;"
        )
        self.box.setStyleSheet(f"QAbstractSpinBox, QAbstractSpinBox:focus {{ {low} }}")
        self.remove.setIcon(icon("close", self._themes.theme))
        self.remove.setStyleSheet(compact_button(self._themes))
        self.setFixedHeight(round(ROW * scale))
        self._shown = None

    def _show_picture(self, pin: ShownPin) -> None:
        assert pin.image is not None
        ratio = self.devicePixelRatioF()
        side = round(PICTURE * self._themes.scale * ratio)
        picture = QPixmap.fromImage(pin.image).scaled(
            side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        picture.setDevicePixelRatio(ratio)
        self.picture.setPixmap(picture)

    @Slot(int)
    def _on_slider(self, value: int) -> None:
        # A dragged slider previews; a key or a click beside the handle is one step of undo.
        if self.slider.isSliderDown():
            self.dragged.emit(value / STEPS)
        else:
            self.set_to.emit(value / STEPS)


class PinRows(QScrollArea):
    """The rows of all pins; they scroll where they have no room.

    Signals
    -------
    moved : tuple
        The weights of a slider in mid-drag; ``released`` ends it.
    weights_set : tuple
        Weights that were set at once.
    removal_wanted : int
        A pin is to be removed.
    """

    moved = Signal(tuple)
    released = Signal()
    weights_set = Signal(tuple)
    removal_wanted = Signal(int)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._is_brief = False
        self._weights: Weights = ()
        self._at_press: Weights = ()
        set_identity(self, "blend_rows", accessible="Weights of the pins")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._content = QWidget()
        self._column = QVBoxLayout(self._content)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addStretch(1)
        self.setWidget(self._content)
        self.rows: list[PinRow] = []
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    def show_pins(self, pins: Sequence[ShownPin], texts: Sequence[Sequence[str]]) -> None:
        """Show pins, each with the forms of its text."""
        # Rows are hidden and used again: a new row would take the keyboard's focus from the slider.
        for index in range(len(self.rows), len(pins)):
            self._add_row(pins[index].letter, index)
        for index, row in enumerate(self.rows):
            row.setVisible(index < len(pins))
        self._weights = tuple(pin.weight for pin in pins)
        for row, pin, forms in zip(self.rows, pins, texts, strict=False):
            row.show_pin(pin, forms)
        self.updateGeometry()

    def show_weights(self, pins: Sequence[ShownPin]) -> None:
        """Show other weights of the pins that are shown."""
        self._weights = tuple(pin.weight for pin in pins)
        for row, pin in zip(self.rows, pins, strict=False):
            row.show_pin(pin, row.text.forms)

    def set_brief(self, *, brief: bool) -> None:
        """Set whether the buttons that remove a pin are left out; Delete and the menu of the polygon remain."""
        self._is_brief = brief
        for row in self.rows:
            row.remove.setVisible(not brief)

    def sizeHint(self) -> QSize:
        """Return the size of all rows."""
        return self._size_of(max(1, len(self._weights)))

    def minimumSizeHint(self) -> QSize:
        """Return the size of two rows."""
        return self._size_of(min(2, max(1, len(self._weights))))

    def _size_of(self, count: int) -> QSize:
        spacing = self._column.spacing()
        height = count * (round(ROW * self._themes.scale) + spacing) - spacing
        # Room for the bar also while it is hidden: the rows would else jump when it appears.
        width = max((row.minimumSizeHint().width() for row in self.rows), default=0)
        return QSize(width + self.verticalScrollBar().sizeHint().width(), height)

    def _add_row(self, letter: str, index: int) -> None:
        row = PinRow(letter, self._themes, self._content)
        # By index, not by pin: pins behind a removed one move up, and so do their rows.
        row.grabbed.connect(self._on_grabbed)
        row.dragged.connect(lambda weight: self.moved.emit(with_weight(self._at_press, index, weight)))
        row.set_to.connect(lambda weight: self.weights_set.emit(with_weight(self._weights, index, weight)))
        row.released.connect(self.released)
        row.removal_wanted.connect(lambda: self.removal_wanted.emit(index))
        row.remove.setVisible(not self._is_brief)
        self.rows.append(row)
        self._column.insertWidget(index, row)

    @Slot()
    def _on_grabbed(self) -> None:
        # From here on: a slider that reaches 1 and comes back restores the proportions of the others.
        self._at_press = self._weights

    @Slot()
    def _apply_theme(self) -> None:
        self._column.setSpacing(round(3 * self._themes.scale))
        for row in self.rows:
            row.apply_theme()
        self.updateGeometry()

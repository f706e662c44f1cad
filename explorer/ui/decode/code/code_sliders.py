"""Editor of a small code: a slider and a text field for each latent dimension; and the base of all code editors."""

import re

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from explorer.latent.plane.projection import dimension_name
from explorer.ui.decode.decode_state import fixed
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.boxes import JumpSlider
from explorer.ui.widgets.identity import set_identity, set_style_property

MAX_POSITIONAL = 1e6
"""Size from which a coordinate is written with an exponent."""


class CodeInput(QWidget):
    """Base of the widgets that show and edit a code.

    Signals
    -------
    moved : tuple, bool
        The user chose another code ``(latent_dim,)``; True during a drag.
    released
        A drag ended, so that its moves become one step of undo.
    """

    moved = Signal(object, bool)
    released = Signal()


STEPS = 1000
"""Number of positions of a slider."""
VISIBLE_ROWS = 8
"""Number of rows without scrolling."""


def steps_slider() -> JumpSlider:
    """Return a slider with the positions 0 to `STEPS`, for a column that scrolls."""
    slider = JumpSlider(wheel_needs_focus=True)
    slider.setRange(0, STEPS)
    slider.setSingleStep(STEPS // 100)
    slider.setPageStep(STEPS // 20)
    slider.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return slider


class CodeSliders(CodeInput):
    """One row for each latent dimension: its name, a slider over its range, and its value in a text field."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._z: tuple[float, ...] = ()
        self._range: NDArray[np.float64] = np.empty((0, 2))  # (latent_dim, 2)
        self._sliders: list[JumpSlider] = []
        self._edits: list[QLineEdit] = []
        self._labels: list[QLabel] = []
        self._inner = QWidget()
        self._grid = QGridLayout(self._inner)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(1, 1)
        self._scroll = set_identity(QScrollArea(), "z_scroll", accessible="Latent dimensions")
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # The tab key must stop at sliders and fields, not at the area that scrolls them.
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._inner)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._scroll)
        themes.changed.connect(self._fit)

    @property
    def z(self) -> tuple[float, ...]:
        """The code shown, ``(latent_dim,)``."""
        return self._z

    def set_range(self, value_range: NDArray[np.float64]) -> None:
        """Set the value ranges ``(latent_dim, 2)``; ignored while a slider is dragged."""
        # During training the ranges change at each report. A new range under the mouse would make the value jump.
        if any(slider.isSliderDown() for slider in self._sliders) or np.array_equal(value_range, self._range):
            return
        self._range = value_range
        self._set_count(len(value_range))
        self._show()

    def set_code(self, z: tuple[float, ...]) -> None:
        """Show a code ``(latent_dim,)``; a code of another length is ignored."""
        if z != self._z and len(z) == len(self._sliders):
            self._z = z
            self._show()

    def _set_count(self, count: int) -> None:
        # Reuse the rows that stay: new widgets would lose the focus and the text being typed.
        for widget in (*self._labels[count:], *self._sliders[count:], *self._edits[count:]):
            self._grid.removeWidget(widget)
            # deleteLater takes effect in the event loop; until then the widget would still be drawn.
            widget.hide()
            widget.deleteLater()
        for rows in (self._labels, self._sliders, self._edits):
            del rows[count:]
        for dimension in range(len(self._sliders), count):
            self._add_row(dimension)
        if len(self._z) != count:
            self._z = (0.0,) * count
        self._fit()

    def _add_row(self, row: int) -> None:
        name = dimension_name(row)
        label = QLabel(name)
        label.setProperty("role", "muted")
        slider = set_identity(steps_slider(), f"z_slider_{row + 1}", f"Move {name}; the decode follows")
        slider.valueChanged.connect(self._on_slid)
        slider.sliderReleased.connect(self.released)
        tip = f"Type {name}, or paste a whole code separated by commas"
        edit = set_identity(QLineEdit(), f"z_edit_{row + 1}", tip, f"{name}, value")
        edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        edit.textEdited.connect(self._on_typed)
        edit.editingFinished.connect(self._on_entered)
        self._labels.append(label)
        self._sliders.append(slider)
        self._edits.append(edit)
        for column, widget in enumerate((label, slider, edit)):
            self._grid.addWidget(widget, row, column)

    def _show(self) -> None:
        for dimension, (slider, edit, value) in enumerate(zip(self._sliders, self._edits, self._z, strict=True)):
            low, high = self._range[dimension]
            # A range of width 0 (constant codes) gives NaN or infinity here.
            share = np.nan_to_num((value - low) / (high - low))
            # The dragged slider is the source of the value; setting it back by rounding makes it stutter.
            if not slider.isSliderDown():
                # Blocked: setValue would otherwise report the rounded value like a choice of the user.
                with QSignalBlocker(slider):
                    slider.setValue(round(float(np.clip(share, 0, 1)) * STEPS))
            if not edit.isModified() or not edit.hasFocus():
                _set_text(edit, coordinate_text(value))

    def _replaced(self, dimension: int, value: float) -> tuple[float, ...]:
        return (*self._z[:dimension], value, *self._z[dimension + 1 :])

    @Slot(int)
    def _on_slid(self, position: int) -> None:
        slider = self.sender()
        if not isinstance(slider, JumpSlider):
            # sender() is None if the slot is called directly.
            return
        dimension = self._sliders.index(slider)
        low, high = self._range[dimension]
        self.moved.emit(self._replaced(dimension, float(low + (high - low) * position / STEPS)), slider.isSliderDown())

    @Slot(str)
    def _on_typed(self, text: str) -> None:
        """Take a pasted code as soon as it is complete, without Enter."""
        numbers = read_numbers(text)
        # With one dimension any number would count as complete while it is being typed.
        if numbers is not None and len(numbers) == len(self._z) > 1:
            edit = self.sender()
            assert isinstance(edit, QLineEdit)
            edit.setModified(False)
            self._take(numbers)

    @Slot()
    def _on_entered(self) -> None:
        edit = self.sender()
        # editingFinished fires on Enter and again on losing focus; an unmodified field has been handled.
        if not isinstance(edit, QLineEdit) or not edit.isModified():
            return
        numbers = read_numbers(edit.text())
        if numbers is None or len(numbers) not in (1, len(self._z)):
            found = "no number" if numbers is None else f"{len(numbers)} numbers"
            _set_problem(edit, f"{found}: type one number, or {len(self._z)} separated by commas")
            return
        edit.setModified(False)
        dimension = self._edits.index(edit)
        self._take(numbers if len(numbers) > 1 else self._replaced(dimension, numbers[0]))

    def _take(self, z: tuple[float, ...]) -> None:
        # The session reports no change if the code stays the same; the text must still be tidied.
        if z == self._z:
            self._show()
        self.moved.emit(z, False)

    @Slot()
    def _fit(self) -> None:
        """Fit the fields to their numbers, and the list to its rows, up to `VISIBLE_ROWS`."""
        for edit in self._edits:
            edit.setFixedWidth(edit.fontMetrics().horizontalAdvance("−00.000") + round(22 * self._themes.scale))
        self._grid.setHorizontalSpacing(round(8 * self._themes.scale))
        self._grid.setVerticalSpacing(round(4 * self._themes.scale))
        if self._edits:
            # Without this the size hint is that of the style before the theme's style sheet.
            self._edits[0].ensurePolished()
            row = self._edits[0].sizeHint().height() + self._grid.verticalSpacing()
            self._scroll.setFixedHeight(row * min(len(self._edits), VISIBLE_ROWS))
        # Keep the fields clear of the vertical scroll bar.
        right = round(12 * self._themes.scale) if len(self._edits) > VISIBLE_ROWS else 0
        self._grid.setContentsMargins(0, 0, right, 0)

    def changeEvent(self, event: QEvent) -> None:
        """Fit the rows to another font size."""
        super().changeEvent(event)
        # Such an event can arrive before the constructor has made _scroll.
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_scroll"):
            self._fit()


def read_numbers(text: str) -> tuple[float, ...] | None:
    """Return numbers separated by commas, semicolons or spaces, with or without brackets; None for any other text."""
    # "−" is the true minus that this program writes; Python's float reads only "-".
    parts = [part for part in re.split(r"[\s,;]+", text.strip().strip("()[]").replace("−", "-")) if part]
    try:
        numbers = tuple(float(part) for part in parts)
    except ValueError:
        return None
    # float() also reads "nan" and "inf".
    return numbers if numbers and all(map(np.isfinite, numbers)) else None


def coordinate_text(value: float) -> str:
    """Return a coordinate with three decimals, and with fewer of a large number, so that it fits its field."""
    size = abs(value)
    if size >= MAX_POSITIONAL:
        return f"{value:.1e}".replace("e+0", "e").replace("e+", "e").replace("-", "−")
    return fixed(value, next(digits for digits in (3, 2, 1, 0) if not digits or size < 10.0 ** (5 - digits)))


def _set_text(edit: QLineEdit, text: str) -> None:
    if edit.text() != text:
        edit.setText(text)
        # setText leaves the cursor at the end, where a narrow field shows the last digits and hides the sign.
        edit.setCursorPosition(0)
    if edit.property("invalid"):
        _set_problem(edit, "")


def _set_problem(edit: QLineEdit, problem: str) -> None:
    """Mark a field as invalid with a reason as its tooltip; with "" remove the mark."""
    if not edit.property("invalid"):
        # Keep the tooltip of the valid field, to restore it later.
        edit.setProperty("tip", edit.toolTip())
    edit.setToolTip(problem or str(edit.property("tip")))
    set_style_property(edit, "invalid", bool(problem))

"""The code z by hand: a slider and a field for each latent dimension, draws from the prior, copy and paste."""

import re

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Slot
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QScrollArea, QSlider, QStyle, QVBoxLayout, QWidget

from explorer.ui.decode.code.code_input import CodeInput
from explorer.ui.decode.forward_pass.code_rows import dimension_name, fixed
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

STEPS = 1000
"""Positions of a slider."""
VISIBLE_ROWS = 8
"""More dimensions than this scroll."""


class ZSlider(QSlider):
    """A slider that goes to where it is pressed, and leaves the wheel to the panel unless it has the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(0, STEPS)
        self.setSingleStep(STEPS // 100)
        self.setPageStep(STEPS // 20)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the handle to the hand; what follows is one drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            handle = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, None, self)
            span = max(1, self.width() - handle)
            at = round(event.position().x() - handle / 2)
            self.setSliderDown(True)
            self.setSliderPosition(QStyle.sliderValueFromPosition(0, STEPS, at, span))
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag, wherever the press took hold."""
        super().mouseReleaseEvent(event)
        if self.isSliderDown() and event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Move with the focus alone, so that scrolling over it changes nothing."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class CodeSliders(CodeInput):
    """One row for each latent dimension: its name, a slider over its range, and its value to be typed."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._z: tuple[float, ...] = ()
        self._range: NDArray[np.float64] = np.empty((0, 2))
        self._sliders: list[ZSlider] = []
        self._edits: list[QLineEdit] = []
        self._labels: list[QLabel] = []
        self._inner = QWidget()
        self._grid = QGridLayout(self._inner)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(1, 1)
        self._scroll = set_identity(QScrollArea(), "z_scroll", accessible="Latent dimensions")
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._inner)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._scroll)
        themes.changed.connect(self._fit)

    @property
    def z(self) -> tuple[float, ...]:
        """The code that is shown."""
        return self._z

    def set_range(self, value_range: NDArray[np.float64]) -> None:
        """Let the sliders run over ``(latent_dim, 2)``; nothing moves under the hand."""
        if any(slider.isSliderDown() for slider in self._sliders) or np.array_equal(value_range, self._range):
            return
        self._range = value_range
        self._set_count(len(value_range))
        self._show()

    def set_code(self, z: tuple[float, ...]) -> None:
        """Show a code ``(latent_dim,)``."""
        if z != self._z and len(z) == len(self._sliders):
            self._z = z
            self._show()

    def _set_count(self, count: int) -> None:
        for widget in (*self._labels[count:], *self._sliders[count:], *self._edits[count:]):
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        for rows in (self._labels, self._sliders, self._edits):
            del rows[count:]
        for place in range(len(self._sliders), count):
            self._add_row(place)
        if len(self._z) != count:
            self._z = (0.0,) * count
        self._fit()

    def _add_row(self, place: int) -> None:
        name = dimension_name(place)
        label = QLabel(name)
        label.setProperty("role", "muted")
        slider = set_identity(ZSlider(), f"z_slider_{place + 1}", f"Move {name}; the decode follows")
        slider.valueChanged.connect(self._on_slid)
        slider.sliderReleased.connect(self.released)
        tip = f"Type {name}, or paste a whole code separated by commas"
        edit = set_identity(QLineEdit(), f"z_edit_{place + 1}", tip, f"{name}, value")
        edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        edit.textEdited.connect(self._on_typed)
        edit.editingFinished.connect(self._on_entered)
        self._labels.append(label)
        self._sliders.append(slider)
        self._edits.append(edit)
        for column, widget in enumerate((label, slider, edit)):
            self._grid.addWidget(widget, place, column)

    def _show(self) -> None:
        for place, (slider, edit, value) in enumerate(zip(self._sliders, self._edits, self._z, strict=True)):
            low, high = self._range[place]
            share = np.nan_to_num((value - low) / (high - low))
            if not slider.isSliderDown():
                with QSignalBlocker(slider):
                    slider.setValue(round(float(np.clip(share, 0, 1)) * STEPS))
            if not edit.isModified() or not edit.hasFocus():
                _set_text(edit, fixed(value, 3))

    def _replaced(self, place: int, value: float) -> tuple[float, ...]:
        return (*self._z[:place], value, *self._z[place + 1 :])

    @Slot(int)
    def _on_slid(self, position: int) -> None:
        slider = self.sender()
        if not isinstance(slider, ZSlider):
            return
        place = self._sliders.index(slider)
        low, high = self._range[place]
        self.moved.emit(self._replaced(place, float(low + (high - low) * position / STEPS)), slider.isSliderDown())

    @Slot(str)
    def _on_typed(self, text: str) -> None:
        """Take a whole code as soon as it is there, so that pasting is enough."""
        numbers = read_numbers(text)
        if numbers is not None and len(numbers) == len(self._z) > 1:
            edit = self.sender()
            assert isinstance(edit, QLineEdit)
            edit.setModified(False)
            self._take(numbers)

    @Slot()
    def _on_entered(self) -> None:
        edit = self.sender()
        if not isinstance(edit, QLineEdit) or not edit.isModified():
            return
        numbers = read_numbers(edit.text())
        if numbers is None or len(numbers) not in (1, len(self._z)):
            found = "no number" if numbers is None else f"{len(numbers)} numbers"
            _set_problem(edit, f"{found}: type one number, or {len(self._z)} with commas between")
            return
        edit.setModified(False)
        place = self._edits.index(edit)
        self._take(numbers if len(numbers) > 1 else self._replaced(place, numbers[0]))

    def _take(self, z: tuple[float, ...]) -> None:
        if z == self._z:
            self._show()
        self.moved.emit(z, False)

    @Slot()
    def _fit(self) -> None:
        """Let fields be as wide as their numbers, and the list as high as its rows, up to a few."""
        for edit in self._edits:
            edit.setFixedWidth(edit.fontMetrics().horizontalAdvance("−00.000") + round(22 * self._themes.scale))
        self._grid.setHorizontalSpacing(round(8 * self._themes.scale))
        self._grid.setVerticalSpacing(round(4 * self._themes.scale))
        if self._edits:
            self._edits[0].ensurePolished()
            row = self._edits[0].sizeHint().height() + self._grid.verticalSpacing()
            self._scroll.setFixedHeight(row * min(len(self._edits), VISIBLE_ROWS))
        right = round(12 * self._themes.scale) if len(self._edits) > VISIBLE_ROWS else 0
        self._grid.setContentsMargins(0, 0, right, 0)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the size of text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_scroll"):
            self._fit()


def read_numbers(text: str) -> tuple[float, ...] | None:
    """Read numbers with commas, semicolons or spaces between, in brackets or not; None where it is anything else."""
    parts = [part for part in re.split(r"[\s,;]+", text.strip().strip("()[]").replace("−", "-")) if part]
    try:
        numbers = tuple(float(part) for part in parts)
    except ValueError:
        return None
    return numbers if numbers and all(map(np.isfinite, numbers)) else None


def _set_text(edit: QLineEdit, text: str) -> None:
    if edit.text() != text:
        edit.setText(text)
        edit.setCursorPosition(0)
    if edit.property("invalid"):
        _set_problem(edit, "")


def _set_problem(edit: QLineEdit, problem: str) -> None:
    """Mark a field whose text does not fit, and say why; or take the mark away."""
    if not edit.property("invalid"):
        edit.setProperty("tip", edit.toolTip())
    edit.setProperty("invalid", bool(problem))
    edit.setToolTip(problem or str(edit.property("tip")))
    edit.style().unpolish(edit)
    edit.style().polish(edit)

"""The canvas of own input: a brush sized to the data, an eraser, and undo.

The canvas has several pixels for each pixel of the data, so that strokes have soft edges once they are made smaller, as
the pictures of the data have.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QLabel, QSlider, QVBoxLayout, QWidget

from explorer.data.dataset import Description
from explorer.data.own_input.open_picture import picture_of_array
from explorer.data.own_input.picture_style import PictureStyle
from explorer.data.own_input.sources import PictureSource
from explorer.ui.corruption.paint_history import PaintHistory
from explorer.ui.corruption.paint_view import PaintView
from explorer.ui.state.tasks import Tasks
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.buttons import side_by_side, tool_button
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.identity import set_identity

CANVAS = 280
"""Longer side of the canvas, in its own pixels, as near as a whole factor of the data's size comes to it."""
SIDE = 280
"""Longer side of the canvas on screen, in pixels at text scale 1."""
SCREEN_PART = 0.36
"""Largest side of the canvas as a part of the screen's height: large text on a low screen needs the rest."""
USUAL_STROKE = 0.09
"""Diameter of the brush as a part of the picture, for data whose strokes have no common width."""
COLOURS = {
    "White": (1.0, 1.0, 1.0),
    "Black": (0.0, 0.0, 0.0),
    "Grey": (0.5, 0.5, 0.5),
    "Red": (0.85, 0.15, 0.15),
    "Yellow": (0.95, 0.85, 0.2),
    "Green": (0.2, 0.65, 0.25),
    "Blue": (0.2, 0.4, 0.9),
    "Skin": (0.9, 0.7, 0.55),
}
"""Brushes for data in colour."""


@dataclass(frozen=True)
class Palette:
    """The colours to paint with: the background, and colours by name; all ``(C,)`` from 0 to 1."""

    ground: tuple[float, ...]
    colours: tuple[tuple[str, tuple[float, ...]], ...]

    def picture(self, layer: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return a layer ``(H, W)`` of numbers of colours, counted from 1, as a picture ``(C, H, W)``."""
        levels = np.array([self.ground, *(colour for _, colour in self.colours)], np.float32)
        return np.ascontiguousarray(levels[layer].transpose(2, 0, 1))


def palette_of(channels: int, style: PictureStyle | None) -> Palette:
    """Return the colours to paint with: background and ink of the data, if the pictures have these in common."""
    # Data of photographs have neither a common background nor an ink.
    known = style if style is not None and style.ground is not None and style.ink is not None else None
    # Rounded: the colour is a median of pixels, and a clean one is easier to save and to compare.
    ground = 0.0 if known is None or known.ground is None else round(known.ground, 2)
    ink = 1.0 if known is None or known.ink is None else round(known.ink, 2)
    if channels == 1:
        return Palette((ground,), (("Draw", (ink,)),))
    return Palette((ground,) * 3, tuple(COLOURS.items()))


class CanvasEditor(QWidget):
    """A canvas with its tools.

    Signals
    -------
    edited : PictureSource
        The drawing changed.
    """

    edited = Signal(object)

    def __init__(self, tasks: Tasks, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._description: Description | None = None
        self._canvas: Description | None = None
        self._palette = palette_of(1, None)
        self._history = PaintHistory((1, 1, 1))
        self.view = PaintView(tasks, themes, "own_input_canvas")
        self.view.setAccessibleName(
            "Canvas: paint with the mouse, or move the brush with the arrow keys and press Space"
        )
        self.view.setToolTip(self.view.accessibleName())
        self.view.set_paintable(True)
        self._brushes = QButtonGroup(self)
        self._brush_row = FlowLayout(spacing=2)
        self._size = set_identity(QSlider(Qt.Orientation.Horizontal), "own_input_brush_size", "Diameter of the brush")
        self._size.setRange(4, 80)
        self._undo = tool_button("own_input_undo", "", "Undo the last stroke (Ctrl+Z)")
        self._redo = tool_button("own_input_redo", "", "Redo the stroke (Ctrl+Shift+Z)")
        self._clear = tool_button("own_input_clear", "Clear", "Remove all strokes")
        tools = FlowLayout(spacing=6)
        label = QLabel("Brush")
        label.setProperty("role", "muted")
        for widget in (label, self._size, side_by_side(self._undo, self._redo, self._clear)):
            tools.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(self._brush_row)
        column.addLayout(tools)
        column.addStretch(1)
        self.view.stroke_began.connect(self._on_began)
        self.view.stroked.connect(self._on_stroked)
        self._size.valueChanged.connect(self._on_size)
        self._undo.clicked.connect(self.undo)
        self._redo.clicked.connect(self.redo)
        self._clear.clicked.connect(self.clear)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    @property
    def is_blank(self) -> bool:
        """Whether nothing is painted."""
        return not self._history.layer.any()

    def fit_to(self, description: Description, style: PictureStyle | None) -> None:
        """Fit canvas and brush to pictures; a drawing for pictures of the same size stays."""
        same = self._description is not None and self._description.shape == description.shape
        self._description = description
        channels, rows, columns = description.shape
        # A whole factor, so that each pixel of the data covers whole pixels of the canvas.
        factor = max(1, round(CANVAS / max(rows, columns)))
        shape = (channels, factor * rows, factor * columns)
        if not same:
            self._history = PaintHistory(shape)
        # Shown as a separate data set: the palette is from 0 to 1, whatever the range of the data.
        self._canvas = replace(description, shape=shape, value_range=(0.0, 1.0))
        palette = palette_of(channels, style)
        if not same or palette != self._palette:
            self._palette = palette
            self._offer_brushes()
        stroke = style.stroke if style is not None and style.stroke else USUAL_STROKE * max(rows, columns)
        # In pixels of the canvas, as wide as the strokes of the data once they are made smaller.
        self._size.setValue(round(factor * stroke))
        self._on_size()
        self._draw()

    @property
    def history(self) -> PaintHistory:
        """The strokes of the drawing."""
        return self._history

    def show_drawing(self, history: PaintHistory | None) -> None:
        """Show a drawing that was begun before, or an empty one; one of another size cannot be shown."""
        if self._canvas is None:
            return
        shape = self._canvas.shape
        fits = history is not None and history.layer.shape == shape[1:]
        self._history = history if history is not None and fits else PaintHistory(shape)
        self._draw()

    @property
    def source(self) -> PictureSource:
        """The drawing."""
        return picture_of_array(self._palette.picture(self._history.layer))

    @Slot()
    def undo(self) -> None:
        """Undo the last stroke."""
        self._history.undo()
        self._on_painted()

    @Slot()
    def redo(self) -> None:
        """Redo the stroke undone last."""
        self._history.redo()
        self._on_painted()

    @Slot()
    def clear(self) -> None:
        """Remove all strokes; this can be undone."""
        self._history.clear()
        self._on_painted()

    def _offer_brushes(self) -> None:
        while (item := self._brush_row.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                self._brushes.removeButton(widget)  # type: ignore[arg-type]
                widget.hide()
                # Deleted later: the click on a brush may still be handled.
                widget.deleteLater()
        names = [(name, name, f"Paint in {name.lower()}") for name, _ in self._palette.colours]
        if len(names) == 1:
            # Data in grey have one ink, and a brush that is named after a colour would mislead.
            names = [("Draw", "ink", "Draw in the colour of the data's contents")]
        for value, (text, name, tip) in enumerate([*names, ("Erase", "erase", "Paint the background")], start=1):
            button = tool_button(f"own_input_brush_{name.lower()}", text, tip, checkable=True)
            self._brushes.addButton(button, value if name != "erase" else 0)
            self._brush_row.addWidget(button)
        # The ink: a new canvas is empty, so there is nothing to erase.
        self._brushes.buttons()[0].setChecked(True)

    @Slot()
    def _on_began(self) -> None:
        self._history.begin()

    @Slot(object, object)
    def _on_stroked(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self._history.paint(max(0, self._brushes.checkedId()), start, end, self._size.value())
        self._on_painted()

    @Slot()
    def _on_size(self) -> None:
        self.view.set_brush_size(self._size.value())

    def _on_painted(self) -> None:
        self._draw()
        if self._canvas is not None:
            self.edited.emit(self.source)

    def _draw(self) -> None:
        if self._canvas is not None:
            picture = self._palette.picture(self._history.layer)
            self.view.show_sample(picture, self._canvas, file_name="own-input")
        self._undo.setEnabled(self._history.can_undo)
        self._redo.setEnabled(self._history.can_redo)
        self._clear.setEnabled(not self.is_blank)

    @Slot()
    def _apply_theme(self) -> None:
        self.view.fit(round(min(SIDE * self._themes.scale, SCREEN_PART * self.screen().availableSize().height())))
        self._size.setFixedWidth(round(90 * self._themes.scale))
        for button, name in ((self._undo, "undo"), (self._redo, "redo")):
            button.setIcon(icon(name, self._themes.theme))

"""A code that consists of maps, such as that of a convolutional autoencoder without a dense layer, as grey pictures.

`CodeMaps` draws one code; `PassMaps` draws μ, σ and z of a forward pass.
"""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from explorer.jobs.queries.follow_sample import ForwardPass
from explorer.latent.plane.projection import dimension_name
from explorer.ui.decode.decode_state import fixed
from explorer.ui.pictures.renderers import LEFT, RIGHT, small_font
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

GAP = 3
"""Pixels between two maps."""
MAX_EMS = 15.0
"""Default of the maximum height of all maps, in heights of text."""
PASS_EMS = 8.0
"""Maximum height of the maps of one quantity of a forward pass."""
UNEVEN = 0.7
"""Factor on the size of maps in rows of which the last is not full."""
SCALE_SHARE = 0.4
"""Width of the grey scale, as a share of the widget's."""
MIN_OUTLINE = 3.0
"""Minimum pixels of one value for an outline of the chosen one."""
STEPS = {
    Qt.Key.Key_Left: (0, 0, -1),
    Qt.Key.Key_Right: (0, 0, 1),
    Qt.Key.Key_Up: (0, -1, 0),
    Qt.Key.Key_Down: (0, 1, 0),
}
"""Moves of the arrow keys, in channels, rows and columns."""

Shape = tuple[int, int, int]


class CodeMaps(QWidget):
    """Draws a code as C maps of h × w values in one grey scale; a click or the arrow keys choose a value.

    Signals
    -------
    chosen : int
        Another value was chosen, counted from 0.
    """

    chosen = Signal(int)

    def __init__(self, name: str, themes: ThemeSource, max_ems: float = MAX_EMS, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes, self._max_ems = themes, max_ems
        self._maps: NDArray[np.float64] = np.zeros((1, 1, 1))  # (C, h, w)
        self._unit: int | None = None
        set_identity(self, name, accessible="The code, map by map")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._fit)

    @property
    def maps(self) -> NDArray[np.float64]:
        """The maps shown, ``(C, h, w)``."""
        return self._maps

    @property
    def limits(self) -> tuple[float, float]:
        """The values that are drawn black and white: the lowest and highest of the code."""
        # One infinite value would make all others black.
        finite = self._maps[np.isfinite(self._maps)]
        return (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)

    def show_code(self, z: tuple[float, ...], shape: Shape, unit: int | None = None) -> None:
        """Show a code ``(latent_dim,)`` as maps of a shape (C, h, w); ``unit`` is the chosen value, if there is one."""
        changed = shape != self._maps.shape
        # Maps without a chosen value are a picture, at which the Tab key need not stop.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus if unit is None else Qt.FocusPolicy.StrongFocus)
        self._maps, self._unit = np.array(z, np.float64).reshape(shape), unit
        low, high = self.limits
        self.setAccessibleDescription(f"{maps_text(shape)}, from {fixed(low)} to {fixed(high)}")
        if changed:
            self._fit()
        self.update()

    def area(self, channel: int) -> QRectF:
        """Return the rectangle of a map, in pixels."""
        columns, size = self._grid()
        x, y = channel % columns, channel // columns
        return QRectF(x * (size.width() + GAP), y * (size.height() + GAP), size.width(), size.height())

    def unit_at(self, point: QPointF) -> int | None:
        """Return the value at a point of the widget, counted from 0; None beside the maps."""
        count, height, width = self._maps.shape
        columns, size = self._grid()
        x, y = int(point.x() // (size.width() + GAP)), int(point.y() // (size.height() + GAP))
        channel = y * columns + x
        if not (0 <= x < columns and 0 <= channel < count and self.area(channel).contains(point)):
            return None
        inside = point - self.area(channel).topLeft()
        # A point on the lower edge belongs to the last row.
        row = min(height - 1, int(inside.y() / size.height() * height))
        column = min(width - 1, int(inside.x() / size.width() * width))
        return int(np.ravel_multi_index((channel, row, column), self._maps.shape))

    def words_of(self, unit: int) -> str:
        """Return a value and where it is."""
        channel, row, column = (int(index) + 1 for index in np.unravel_index(unit, self._maps.shape))
        where = f"map {channel}, row {row}, column {column}"
        return f"{dimension_name(unit)} = {fixed(float(self._maps.flat[unit]), 3)} · {where}"

    def sizeHint(self) -> QSize:
        """Return the preferred size in pixels: the maps, and a line for their scale."""
        rows = -(-len(self._maps) // self._grid()[0])
        height = rows * (self._grid()[1].height() + GAP) + 1.3 * self._em()
        return QSize(120, round(height))

    # Mouse and keyboard

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the value under the mouse."""
        if event.button() == Qt.MouseButton.LeftButton and (unit := self.unit_at(event.position())) is not None:
            self.chosen.emit(unit)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the neighbour in a direction."""
        step = STEPS.get(Qt.Key(event.key()))
        if step is None or self._unit is None:
            super().keyPressEvent(event)
            return
        at = np.array(np.unravel_index(self._unit, self._maps.shape)) + step
        if (at >= 0).all() and (at < self._maps.shape).all():
            self.chosen.emit(int(np.ravel_multi_index(tuple(at), self._maps.shape)))

    def event(self, event: QEvent) -> bool:
        """Show the tooltip of the value under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            unit = self.unit_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), "" if unit is None else self.words_of(unit), self)
            return True
        return super().event(event)

    # Drawing

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the maps to the new width."""
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the maps, the chosen value and the scale."""
        low, high = self.limits
        shares = (np.nan_to_num(self._maps, nan=low, posinf=high, neginf=low) - low) / ((high - low) or 1.0)
        grey = np.ascontiguousarray((255 * shares).round().clip(0, 255).astype(np.uint8))
        _, height, width = grey.shape
        with QPainter(self) as painter:
            for channel, values in enumerate(grey):
                # It borrows the memory of the array, which outlives the call.
                image = QImage(values.data, width, height, width, QImage.Format.Format_Grayscale8)
                painter.drawImage(self.area(channel), image)
            if self._unit is not None:
                self._draw_chosen(painter, self._unit)
            self._draw_scale(painter, low, high)

    def _draw_chosen(self, painter: QPainter, unit: int) -> None:
        _, height, width = self._maps.shape
        channel, row, column = (int(index) for index in np.unravel_index(unit, self._maps.shape))
        area = self.area(channel)
        cell = QRectF(0, 0, area.width() / width, area.height() / height)
        cell.moveTo(area.left() + column * cell.width(), area.top() + row * cell.height())
        painter.setPen(QColor(self._themes.theme.accent))
        # Of narrow values, that of the map: one pixel would not be seen.
        painter.drawRect((cell if cell.width() >= MIN_OUTLINE else area).adjusted(0, 0, -1, -1))

    def _draw_scale(self, painter: QPainter, low: float, high: float) -> None:
        line = QRectF(0, self.height() - 1.2 * self._em(), self.width(), 1.2 * self._em())
        bar = QRectF(0, 0, SCALE_SHARE * line.width(), 0.5 * line.height())
        bar.moveCenter(line.center())
        ramp = QLinearGradient(bar.topLeft(), bar.topRight())
        ramp.setColorAt(0, QColor(0, 0, 0))
        ramp.setColorAt(1, QColor(255, 255, 255))
        painter.setPen(QColor(self._themes.theme.edge))
        painter.setBrush(ramp)
        painter.drawRect(bar)
        painter.setFont(small_font())
        painter.setPen(QColor(self._themes.theme.muted))
        gap = GAP * 2
        painter.drawText(QRectF(0, line.top(), bar.left() - gap, line.height()), RIGHT, fixed(low))
        painter.drawText(QRectF(bar.right() + gap, line.top(), line.width(), line.height()), LEFT, fixed(high))

    def _grid(self) -> tuple[int, QSize]:
        """Return the number of columns, and the size of a map in pixels: the largest that fits."""
        count, height, width = self._maps.shape
        room = self._max_ems * self._em()
        best, size, wanted = 1, QSize(1, 1), 0.0
        for columns in range(1, count + 1):
            rows = -(-count // columns)
            across = (self.width() - (columns - 1) * GAP) / columns / width
            down = (room - (rows - 1) * GAP) / rows / height
            pixel = min(across, down)
            # A last row that is not full looks as if maps were missing.
            score = pixel * (1.0 if count % columns == 0 else UNEVEN)
            if score > wanted:
                best, wanted = columns, score
                size = QSize(max(1, int(width * pixel)), max(1, int(height * pixel)))
        return best, size

    def _em(self) -> float:
        return QFontMetricsF(small_font()).height()

    @Slot()
    def _fit(self) -> None:
        self.setFixedHeight(self.sizeHint().height())
        self.update()


class PassMaps(QWidget):
    """Draws μ and σ of q(z|x) as maps, and z once ε is drawn; only z for an encoder that returns a point."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: dict[str, tuple[QLabel, CodeMaps]] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for name in ("mean", "sigma", "z"):
            label = set_identity(QLabel(), f"pass_maps_{name}_title")
            label.setProperty("role", "small")
            maps = CodeMaps(f"pass_maps_{name}", themes, PASS_EMS)
            self._rows[name] = label, maps
            column.addWidget(label)
            column.addWidget(maps)

    def show_pass(self, forward_pass: ForwardPass, shape: Shape, formula: str) -> None:
        """Show a forward pass; ``formula`` says how z follows from the rest."""
        spread, noise = forward_pass.log_variance, forward_pass.noise
        sigma = None if spread is None else np.exp(0.5 * spread)
        # Without noise z is the mean, which would be shown twice.
        drawn = noise is None or bool(np.any(noise))
        self._show("mean", "μ", None if sigma is None else forward_pass.mean, shape)
        self._show("sigma", "σ", sigma, shape)
        self._show("z", formula, forward_pass.z if drawn else None, shape)

    def _show(self, name: str, title: str, values: np.ndarray | None, shape: Shape) -> None:
        label, maps = self._rows[name]
        for widget in (label, maps):
            widget.setVisible(values is not None)
        if values is not None:
            label.setText(title)
            maps.show_code(tuple(map(float, values)), shape)


def maps_text(shape: Shape) -> str:
    """Return the shape of a code in words: "4 maps of 8 × 8"."""
    count, height, width = shape
    return f"{count} map{'s' if count > 1 else ''} of {height} × {width}"

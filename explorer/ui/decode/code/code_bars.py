"""A wide code as a bar chart: each unit has one bar that can be selected and dragged."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QApplication, QSizePolicy, QToolTip, QWidget

from explorer.latent.plane.projection import dimension_name
from explorer.ui.decode.code.code_sliders import CodeInput
from explorer.ui.decode.decode_state import fixed
from explorer.ui.pictures.renderers import small_font
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

LINES = 7.5
"""Height of the chart in heights of its text."""
NUDGE = 0.05
"""Step of an arrow key, as a share of the value range."""
MARK = 5.0
"""Height in pixels of the marks below the selected unit and below dead units."""


class CodeBars(CodeInput):
    """Draws ``z`` as bars, in the order of the units or by size. A click selects a unit, a drag sets its value.

    The left and right arrow keys select the neighbouring unit; up and down change its value.

    Signals
    -------
    chosen : int
        Another unit was selected, counted from 0.
    """

    chosen = Signal(int)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._z: NDArray[np.float64] = np.empty(0)  # (latent_dim,)
        self._range: NDArray[np.float64] = np.empty((0, 2))  # (latent_dim, 2): lowest and highest value
        self._share: NDArray[np.float64] | None = None  # (latent_dim,): share of samples
        self._active_above = 0.0
        self._sorted = False
        self._order: NDArray[np.intp] = np.empty(0, np.intp)  # unit at each bar, from left to right
        self._unit = 0
        self._limits = (0.0, 1.0)  # values at the bottom and top of the chart
        self._pressed_at: QPointF | None = None
        self._drags = False
        tip = "Click a unit to see its effect; drag up or down, or use the arrow keys, to change it"
        set_identity(self, "code_bars", tip, "The code, unit by unit")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # Ignored: the chart takes whatever width the panel has, however many units there are.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._fit_height)
        self._fit_height()

    @property
    def z(self) -> tuple[float, ...]:
        """The code shown, ``(latent_dim,)``."""
        return tuple(self._z.tolist())

    @property
    def range(self) -> NDArray[np.float64]:
        """The value range of each unit, ``(latent_dim, 2)``."""
        return self._range

    @property
    def unit(self) -> int:
        """The selected unit, counted from 0."""
        return self._unit

    @property
    def order(self) -> tuple[int, ...]:
        """The units from left to right."""
        return tuple(self._order.tolist())

    @property
    def dragging(self) -> bool:
        """Whether the mouse button is down on a bar."""
        return self._pressed_at is not None

    def set_range(self, value_range: NDArray[np.float64]) -> None:
        """Set the value ranges ``(latent_dim, 2)``; all bars share one scale."""
        # Another number of units is another run's code: the old values, shares and selection mean nothing for it.
        if len(value_range) != len(self._z):
            self._z, self._share, self._unit = np.zeros(len(value_range)), None, 0
        self._range = value_range
        self._arrange()

    def set_code(self, z: tuple[float, ...]) -> None:
        """Show a code ``(latent_dim,)``; a code of another length is ignored."""
        # During a switch of runs a last answer of the old run may still arrive here.
        if len(z) != len(self._z):
            return
        self._z = np.array(z, np.float64)
        # A screen reader cannot read 512 values; the five largest say most about the code.
        most = np.argsort(-np.abs(self._z), kind="stable")[:5]
        words = ", ".join(f"{dimension_name(unit)} {fixed(self._z[unit])}" for unit in most)
        self.setAccessibleDescription(f"{len(z)} units; the largest: {words}")
        self._arrange()

    def set_activity(self, share: NDArray[np.float64] | None, active_above: float) -> None:
        """Set the share of samples on which each unit is active ``(latent_dim,)``; None if that is not defined."""
        self._share, self._active_above = share, active_above
        self.update()

    @Slot(bool)
    def set_sorted(self, by_size: bool) -> None:
        """Sort by size, or show the units in their order."""
        self._sorted = by_size
        self._arrange()

    def choose(self, unit: int) -> None:
        """Select a unit and emit ``chosen``."""
        if unit != self._unit and 0 <= unit < len(self._z):
            self._unit = unit
            self.update()
            self.chosen.emit(unit)

    def tip_of(self, unit: int) -> QPointF:
        """Return the tip of a unit's bar, in pixels."""
        index = int(np.flatnonzero(self._order == unit)[0])
        return QPointF((index + 0.5) * self._step(), self._y(float(self._z[unit])))

    def sizeHint(self) -> QSize:
        """Return the chart's preferred size in pixels."""
        return QSize(120, round(LINES * QFontMetricsF(small_font()).height()))

    # Mouse and keyboard

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the unit under the mouse; a drag may follow."""
        if event.button() == Qt.MouseButton.LeftButton and len(self._z):
            self._pressed_at = event.position()
            self.choose(self._unit_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Set the selected unit to the value at the mouse's height."""
        if self._pressed_at is None:
            return
        distance = (event.position() - self._pressed_at).manhattanLength()
        # Once a drag has begun it stays one, even if the mouse returns to where it was pressed.
        if self._drags or distance >= QApplication.startDragDistance():
            self._drags = True
            self._move_to(self._value_at(event.position().y()), drag=True)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag, and sort and scale the bars again."""
        if event.button() != Qt.MouseButton.LeftButton or self._pressed_at is None:
            return
        dragged, self._pressed_at, self._drags = self._drags, None, False
        # Sorting and scaling were frozen during the drag (see _arrange).
        self._arrange()
        if dragged:
            self.released.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Select the neighbouring unit or change its value with the arrow keys."""
        aside = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        up = {Qt.Key.Key_Down: -1, Qt.Key.Key_Up: 1}.get(Qt.Key(event.key()))
        if not len(self._z) or (aside is None and up is None):
            # Pass other keys on: shortcuts of the window arrive here while the chart has the focus.
            super().keyPressEvent(event)
        elif aside is not None:
            index = int(np.flatnonzero(self._order == self._unit)[0])
            # The neighbour on screen, which is not the next unit when the bars are sorted.
            self.choose(int(self._order[np.clip(index + aside, 0, len(self._order) - 1)]))
        elif up is not None:
            low, high = self._limits
            self._move_to(float(self._z[self._unit]) + up * NUDGE * (high - low), drag=False)

    def event(self, event: QEvent) -> bool:
        """Show the tooltip of the unit under the mouse: one text for the widget would not do."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and len(self._z):
            QToolTip.showText(event.globalPos(), self.words_of(self._unit_at(event.pos().x())), self)
            return True
        return super().event(event)

    def words_of(self, unit: int) -> str:
        """Return a unit's value and how many samples it is active on."""
        words = f"{dimension_name(unit)} = {fixed(float(self._z[unit]), 3)}"
        if self._share is None or len(self._share) != len(self._z):
            return words
        share = float(self._share[unit])
        return f"{words} · {f'active on {100 * share:.3g} % of the samples' if share else 'dead: active for no sample'}"

    def _move_to(self, value: float, *, drag: bool) -> None:
        low, high = self._limits
        z = self._z.copy()
        z[self._unit] = np.clip(value, low, high)
        self.moved.emit(tuple(z.tolist()), drag)

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bars, the zero line, the marks and the scale."""
        if not len(self._z):
            return
        theme = self._themes.theme
        with QPainter(self) as painter:
            painter.setPen(Qt.PenStyle.NoPen)
            step, zero = self._step(), self._y(0.0)
            # A gap between bars needs at least four pixels per unit; narrower bars touch.
            width = max(1.0, step - (1.0 if step >= 4 else 0.0))
            dead = self._share == 0 if self._share is not None and len(self._share) == len(self._z) else None
            for index, unit in self._drawn_bars():
                value, left = float(self._z[unit]), index * step
                # A diverged model gives NaN; such a bar has no height.
                tip = self._y(value) if np.isfinite(value) else zero
                ink = theme.accent if abs(value) > self._active_above else theme.muted
                painter.fillRect(QRectF(left, min(tip, zero), width, abs(zero - tip)), QColor(ink))
                if dead is not None and dead[unit]:
                    painter.fillRect(QRectF(left, self.height() - MARK + 2, width, 2), QColor(theme.warning))
            painter.fillRect(QRectF(0, zero, self.width(), 1), QColor(theme.edge))
            self._draw_chosen(painter, step)
            self._draw_scale(painter)

    def _drawn_bars(self) -> list[tuple[int, int]]:
        """Return (position, unit) of the bars to draw: of those that share a pixel, the longest."""
        count, columns = len(self._order), max(1, self.width())
        if count <= columns:
            return list(enumerate(self._order.tolist()))
        # From the shortest to the longest: of equal columns, the last assignment stays.
        longest = np.zeros(columns, np.intp)
        by_size = np.argsort(np.abs(np.nan_to_num(self._z[self._order])), kind="stable")
        longest[by_size * columns // count] = by_size
        return [(int(index), int(self._order[index])) for index in longest]

    def _draw_chosen(self, painter: QPainter, step: float) -> None:
        at, base = self.tip_of(self._unit), float(self.height())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(self._themes.theme.text))
        mark = [
            QPointF(at.x(), base - 2 * MARK),
            QPointF(at.x() - MARK, base - MARK),
            QPointF(at.x() + MARK, base - MARK),
        ]
        painter.drawPolygon(QPolygonF(mark))
        # Too narrow an outline would cover its own bar.
        if step >= 4:
            outline = QRectF(at.x() - step / 2, 0, step, base - 2 * MARK)
            painter.setOpacity(0.12)
            painter.drawRect(outline)
            painter.setOpacity(1)

    def _draw_scale(self, painter: QPainter) -> None:
        painter.setFont(small_font())
        painter.setPen(QColor(self._themes.theme.muted))
        box = QRectF(0, 0, self.width(), QFontMetricsF(small_font()).height())
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, fixed(self._limits[1], 1))

    def _arrange(self) -> None:
        """Order and scale the bars; during a drag they keep their order and scale."""
        # Re-sorting under the mouse would move another unit to where the user drags.
        if self._pressed_at is None or len(self._order) != len(self._z):
            by_size = np.argsort(-np.abs(self._z), kind="stable")
            self._order = by_size if self._sorted else np.arange(len(self._z))
            self._limits = self._scale()
        self.update()

    def _scale(self) -> tuple[float, float]:
        """Return the lowest and highest of 0, all value ranges and the code."""
        values = np.concatenate([self._range.ravel(), self._z, [0.0]])
        values = values[np.isfinite(values)]
        low, high = float(values.min()), float(values.max())
        # A code of zeros without a range would divide by 0 in _y.
        return low, high if high > low else low + 1.0

    def _step(self) -> float:
        return self.width() / max(1, len(self._z))

    def _y(self, value: float) -> float:
        # Two marks' height stays free below the bars: one for dead units, one for the selected unit.
        low, high = self._limits
        return (self.height() - 2 * MARK - 1) * (high - value) / (high - low)

    def _value_at(self, y: float) -> float:
        low, high = self._limits
        return high - y / (self.height() - 2 * MARK - 1) * (high - low)

    def _unit_at(self, x: float) -> int:
        """Return the unit at x; among bars closer than a pixel or two, return the one with the longest bar."""
        # With 512 units in 280 pixels a click cannot hit one unit exactly, and the long bar is what the user saw.
        reach = 1.5 / self._step() if self._step() < 3 else 0.0
        position = x / self._step()
        first = int(np.clip(np.floor(position - reach), 0, len(self._order) - 1))
        last = int(np.clip(np.floor(position + reach), first, len(self._order) - 1))
        near = self._order[first : last + 1]
        return int(near[np.argmax(np.abs(self._z[near]))])

    @Slot()
    def _fit_height(self) -> None:
        self.setFixedHeight(self.sizeHint().height())
        self.update()

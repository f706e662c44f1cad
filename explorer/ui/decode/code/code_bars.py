"""A wide code as a bar chart: one bar for each unit, to be looked at, chosen and dragged."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QApplication, QSizePolicy, QToolTip, QWidget

from explorer.ui.decode.code.code_input import CodeInput
from explorer.ui.decode.forward_pass.code_rows import dimension_name, fixed
from explorer.ui.pictures.drawing import small_font
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

LINES = 7.5
"""Height of the chart in heights of its text."""
NUDGE = 0.05
"""Share of the range that an arrow key moves a unit by."""
MARK = 5.0
"""Height in pixels of the mark beneath the chosen unit, and of that beneath a dead one."""


class CodeBars(CodeInput):
    """Draws ``z`` unit by unit, in their order or the largest first. A click chooses a unit, a drag sets its value.

    Arrow keys choose the neighbour (left, right) and move its value (up, down).

    Signals
    -------
    chosen : int
        Another unit was chosen, counted from 0.
    """

    chosen = Signal(int)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._z: NDArray[np.float64] = np.empty(0)
        self._range: NDArray[np.float64] = np.empty((0, 2))
        self._share: NDArray[np.float64] | None = None
        self._active_above = 0.0
        self._sorted = False
        self._order: NDArray[np.intp] = np.empty(0, np.intp)
        self._unit = 0
        self._limits = (0.0, 1.0)
        self._pressed_at: QPointF | None = None
        self._drags = False
        tip = "Click a unit to see its effect; drag up or down, or use the arrow keys, to change it"
        set_identity(self, "code_bars", tip, "The code, unit by unit")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._fit_height)
        self._fit_height()

    @property
    def z(self) -> tuple[float, ...]:
        """The code that is shown."""
        return tuple(self._z.tolist())

    @property
    def range(self) -> NDArray[np.float64]:
        """What the bars run over, ``(latent_dim, 2)``."""
        return self._range

    @property
    def unit(self) -> int:
        """The chosen unit, counted from 0."""
        return self._unit

    @property
    def order(self) -> tuple[int, ...]:
        """The units from left to right."""
        return tuple(self._order.tolist())

    @property
    def dragging(self) -> bool:
        """Whether a bar is under the hand."""
        return self._pressed_at is not None

    def set_range(self, value_range: NDArray[np.float64]) -> None:
        """Let the bars run over ``(latent_dim, 2)``; one scale serves them all."""
        if len(value_range) != len(self._z):
            self._z, self._share, self._unit = np.zeros(len(value_range)), None, 0
        self._range = value_range
        self._arrange()

    def set_code(self, z: tuple[float, ...]) -> None:
        """Show a code ``(latent_dim,)``."""
        if len(z) != len(self._z):
            return
        self._z = np.array(z, np.float64)
        most = np.argsort(-np.abs(self._z), kind="stable")[:5]
        words = ", ".join(f"{dimension_name(unit)} {fixed(self._z[unit])}" for unit in most)
        self.setAccessibleDescription(f"{len(z)} units; the largest: {words}")
        self._arrange()

    def set_activity(self, share: NDArray[np.float64] | None, active_above: float) -> None:
        """Tell on which share of the samples each unit is active ``(latent_dim,)``; None where that is not defined."""
        self._share, self._active_above = share, active_above
        self.update()

    @Slot(bool)
    def set_sorted(self, by_size: bool) -> None:
        """Show the largest first, or the units in their order."""
        self._sorted = by_size
        self._arrange()

    def choose(self, unit: int) -> None:
        """Choose a unit."""
        if unit != self._unit and 0 <= unit < len(self._z):
            self._unit = unit
            self.update()
            self.chosen.emit(unit)

    def place_of(self, unit: int) -> QPointF:
        """Return where the tip of a unit's bar is drawn, in pixels."""
        place = int(np.flatnonzero(self._order == unit)[0])
        return QPointF((place + 0.5) * self._step(), self._y(float(self._z[unit])))

    def sizeHint(self) -> QSize:
        """Return the chart's height."""
        return QSize(120, round(LINES * QFontMetricsF(small_font()).height()))

    # The hand

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the unit under the hand; what follows may be a drag."""
        if event.button() == Qt.MouseButton.LeftButton and len(self._z):
            self._pressed_at = event.position()
            self.choose(self._unit_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Set the chosen unit by the height of the hand."""
        if self._pressed_at is None:
            return
        way = (event.position() - self._pressed_at).manhattanLength()
        if self._drags or way >= QApplication.startDragDistance():
            self._drags = True
            self._move_to(self._value_at(event.position().y()), drag=True)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag."""
        if event.button() != Qt.MouseButton.LeftButton or self._pressed_at is None:
            return
        dragged, self._pressed_at, self._drags = self._drags, None, False
        self._arrange()
        if dragged:
            self.released.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose and move by the arrow keys."""
        aside = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        up = {Qt.Key.Key_Down: -1, Qt.Key.Key_Up: 1}.get(Qt.Key(event.key()))
        if not len(self._z) or (aside is None and up is None):
            super().keyPressEvent(event)
        elif aside is not None:
            place = int(np.flatnonzero(self._order == self._unit)[0])
            self.choose(int(self._order[np.clip(place + aside, 0, len(self._order) - 1)]))
        elif up is not None:
            low, high = self._limits
            self._move_to(float(self._z[self._unit]) + up * NUDGE * (high - low), drag=False)

    def event(self, event: QEvent) -> bool:
        """Say what is under the hand."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and len(self._z):
            QToolTip.showText(event.globalPos(), self.words_of(self._unit_at(event.pos().x())), self)
            return True
        return super().event(event)

    def words_of(self, unit: int) -> str:
        """Say what is known of a unit."""
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
        """Draw the bars on their zero line."""
        if not len(self._z):
            return
        painter, theme = QPainter(self), self._themes.theme
        painter.setPen(Qt.PenStyle.NoPen)
        step, zero = self._step(), self._y(0.0)
        width = max(1.0, step - (1.0 if step >= 4 else 0.0))
        dead = self._share == 0 if self._share is not None and len(self._share) == len(self._z) else None
        for place, unit in enumerate(self._order.tolist()):
            value, left = float(self._z[unit]), place * step
            tip = self._y(value) if np.isfinite(value) else zero
            ink = theme.accent if abs(value) > self._active_above else theme.muted
            painter.fillRect(QRectF(left, min(tip, zero), width, abs(zero - tip)), QColor(ink))
            if dead is not None and dead[unit]:
                painter.fillRect(QRectF(left, self.height() - MARK + 2, width, 2), QColor(theme.warning))
        painter.fillRect(QRectF(0, zero, self.width(), 1), QColor(theme.edge))
        self._draw_chosen(painter, step)
        self._draw_scale(painter)
        painter.end()

    def _draw_chosen(self, painter: QPainter, step: float) -> None:
        at, base = self.place_of(self._unit), float(self.height())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(self._themes.theme.text))
        mark = [
            QPointF(at.x(), base - 2 * MARK),
            QPointF(at.x() - MARK, base - MARK),
            QPointF(at.x() + MARK, base - MARK),
        ]
        painter.drawPolygon(QPolygonF(mark))
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
        """Put the units in order and to scale; under the hand they stay where they are."""
        if self._pressed_at is None or len(self._order) != len(self._z):
            by_size = np.argsort(-np.abs(self._z), kind="stable")
            self._order = by_size if self._sorted else np.arange(len(self._z))
            self._limits = self._scale()
        self.update()

    def _scale(self) -> tuple[float, float]:
        """Return the lowest and highest value of the chart: of zero, the range of every unit, and the code itself."""
        values = np.concatenate([self._range.ravel(), self._z, [0.0]])
        values = values[np.isfinite(values)]
        low, high = float(values.min()), float(values.max())
        return low, high if high > low else low + 1.0

    def _step(self) -> float:
        return self.width() / max(1, len(self._z))

    def _y(self, value: float) -> float:
        low, high = self._limits
        return (self.height() - 2 * MARK - 1) * (high - value) / (high - low)

    def _value_at(self, y: float) -> float:
        low, high = self._limits
        return high - y / (self.height() - 2 * MARK - 1) * (high - low)

    def _unit_at(self, x: float) -> int:
        """Return the unit under the hand: of those closer than a pixel or two, the one with the longest bar."""
        reach = 1.5 / self._step() if self._step() < 3 else 0.0
        place = x / self._step()
        first = int(np.clip(np.floor(place - reach), 0, len(self._order) - 1))
        last = int(np.clip(np.floor(place + reach), first, len(self._order) - 1))
        near = self._order[first : last + 1]
        return int(near[np.argmax(np.abs(self._z[near]))])

    @Slot()
    def _fit_height(self) -> None:
        self.setFixedHeight(self.sizeHint().height())
        self.update()

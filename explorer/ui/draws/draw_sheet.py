"""A sheet of one run's draws: pairs of a draw's decode and, below it, the nearest real sample.

1. `pair_grid` fits as large pairs as possible into the widget, in one row or in a grid.
2. The pictures are rendered at that size, once for each size and theme.
3. `paintEvent` draws them; the pair of the last click is outlined.
"""

import math
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.codes.draws import Draws
from explorer.ui.decode.decode_state import code_text, sample_text
from explorer.ui.pictures.renderers import CENTRE, fitted_box, render_sample, small_font
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

GAP, WITHIN = 10, 3
"""Pixels between two pairs, and between the two pictures of a pair."""
MIN_SIDE, MAX_SIDE = 12, 96
"""Limits of the side of a picture in pixels; a row has as many pairs as fit at about `ROW_SIDE`. At text scale 1."""
ROW_SIDE = 44
WIDE = 2.0
"""Width / height of words, values and signals."""
NEARLY = 0.88
"""Minimum share of the largest side for pictures to count as about equally large."""
WAITING = "Drawing …"


@dataclass(frozen=True)
class PairGrid:
    """Positions of pairs: ``shown`` of them in ``columns``, each picture ``side`` pixels high and ``wide`` wide."""

    columns: int
    shown: int
    side: int
    wide: int

    @property
    def stride(self) -> tuple[int, int]:
        """Distance in pixels from one pair to the next, across and down."""
        return self.wide + GAP, 2 * self.side + WITHIN + GAP

    def area(self, number: int, *, real: bool = False) -> QRectF:
        """Return the area of a draw's picture in pixels, or that of the real sample below it."""
        row, column = divmod(number, self.columns)
        across, down = self.stride
        top = row * down + (self.side + WITHIN if real else 0)
        return QRectF(column * across, top, self.wide, self.side)


def pair_grid(
    count: int, width: float, height: float, *, one_row: bool, scale: float = 1.0, aspect: float = 1.0
) -> PairGrid:
    """Return the grid in which ``count`` pairs are as large as possible; one row leaves out those that do not fit.

    ``width`` and ``height`` are in pixels. Pictures grow with ``scale``, that of the text; their width is ``aspect``
    times their height.
    """
    count, largest, usual = max(1, count), MAX_SIDE * scale, ROW_SIDE * scale
    if one_row:
        side = int(max(MIN_SIDE, min((height - WITHIN) / 2, usual if height < 3 * usual else largest)))
        wide = round(aspect * side)
        shown = max(1, min(count, int((width + GAP) // (wide + GAP))))
        return PairGrid(shown, shown, side, wide)
    grids = []
    for columns in range(1, count + 1):
        rows = math.ceil(count / columns)
        across = ((width + GAP) / columns - GAP) / aspect
        down = ((height + GAP) / rows - GAP - WITHIN) / 2
        side = int(max(MIN_SIDE, min(across, down, largest)))
        grids.append(PairGrid(columns, count, side, int(aspect * side)))
    # Of grids with pictures of about the same size, the one without a ragged last row.
    large = [grid for grid in grids if grid.side >= NEARLY * max(grid.side for grid in grids)]
    return min(large, key=lambda grid: (-count % grid.columns, -grid.side))


class DrawSheet(QWidget):
    """Draws the pairs of one run; a click or Enter chooses a draw, or the real sample below it.

    Signals
    -------
    chosen : int
        The number of a draw.
    sample_chosen : int
        The index of a real sample.
    """

    chosen = Signal(int)
    sample_chosen = Signal(int)

    def __init__(self, themes: ThemeSource, *, one_row: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes, self._one_row = themes, one_row
        self.run: OpenRun | None = None
        self.draws: Draws | None = None
        self.grid = PairGrid(1, 0, MIN_SIDE, MIN_SIDE)
        self.current = -1
        self._pictures: list[tuple[QImage, QImage | None]] = []
        self._rendered = 0  # side of the rendered pictures
        set_identity(self, "draw_sheet", accessible="Draws and the nearest real samples")
        self.setToolTip("")  # `event` gives each pair its own
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        themes.changed.connect(self._render)

    def show_draws(self, run: OpenRun, draws: Draws | None) -> None:
        """Show the draws of a run; None while they are computed."""
        # Rendering takes long, and the details of a run that trains change often.
        is_same = draws is self.draws and self.run is not None and run.description is self.run.description
        if not is_same:
            self.current = -1
        self.run, self.draws = run, draws
        self._describe()
        if not is_same:
            self._render()

    def sizeHint(self) -> QSize:
        """Return the preferred size in pixels: a grid of pairs, or a row."""
        side = round(ROW_SIDE * self._themes.scale)
        return QSize(5 * (side + GAP), 2 * side + WITHIN if self._one_row else 10 * side)

    def minimumSizeHint(self) -> QSize:
        """Return a size in pixels at which a few pairs can be told apart."""
        return QSize(4 * (2 * MIN_SIDE + GAP), 4 * MIN_SIDE + WITHIN)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pairs and the outline of the chosen one."""
        theme = self._themes.theme
        with QPainter(self) as painter:
            painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
            if self.draws is None:
                painter.setFont(small_font())
                painter.setPen(QColor(theme.muted))
                painter.drawText(QRectF(self.rect()), CENTRE, WAITING)
            for number, (draw, real) in enumerate(self._pictures):
                painter.drawImage(fitted_box(draw, self.grid.area(number)), draw)
                if real is not None:
                    painter.drawImage(fitted_box(real, self.grid.area(number, real=True)), real)
            if 0 <= self.current < len(self._pictures):
                area = self.grid.area(self.current).united(self.grid.area(self.current, real=True))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(theme.accent), 2 * self._themes.scale))
                painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 3, 3)
            if self.hasFocus():
                painter.setPen(QPen(QColor(theme.accent), 1, Qt.PenStyle.DotLine))
                painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the pairs to the new size."""
        super().resizeEvent(event)
        self._fit()
        # Rendering takes much longer than drawing.
        if self.grid.side != self._rendered or len(self._pictures) != self.grid.shown:
            self._render()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the draw or the real sample at the mouse."""
        found = self._at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and found is not None:
            self._choose(found[0], real=found[1])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from pair to pair with the arrow keys; Enter decodes the draw, Space follows the real sample."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        steps |= {Qt.Key.Key_Up: -self.grid.columns, Qt.Key.Key_Down: self.grid.columns}
        key, last = Qt.Key(event.key()), len(self._pictures) - 1
        if key in steps and last >= 0:
            moved = self.current + steps[key] if self.current >= 0 else 0
            # Without such a row, stay instead of jumping to the first or last pair.
            if 0 <= moved <= last:
                self.current = moved
                self._describe()
                self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and 0 <= self.current <= last:
            self._choose(self.current, real=False)
        elif key == Qt.Key.Key_Space and 0 <= self.current <= last:
            self._choose(self.current, real=True)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Show the tooltip of the picture under the mouse."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._render()
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self._at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), "" if found is None else self.tip(found[0], real=found[1]), self)
            return True
        return super().event(event)

    def tip(self, number: int, *, real: bool) -> str:
        """Return what a picture is, in words."""
        draws, run = self.draws, self.run
        if draws is None or run is None:
            return ""
        if not real or draws.nearest is None or draws.distances is None:
            z = code_text(tuple(map(float, draws.z[number])))
            return f"Draw {number + 1}: z = ({z}). Click to put the probe here."
        sample = sample_text(run, int(draws.nearest[number]))
        return (
            f"{sample[:1].upper()}{sample[1:]}: the nearest of {draws.compared:,} training samples, at distance "
            f"{draws.distances[number]:.3g} (Euclidean, in model values). Click to follow it."
        )

    def _choose(self, number: int, *, real: bool) -> None:
        self.current = number
        self._describe()
        self.update()
        if real and self.draws is not None and self.draws.nearest is not None:
            self.sample_chosen.emit(int(self.draws.nearest[number]))
        else:
            self.chosen.emit(number)

    def _at(self, point: QPointF) -> tuple[int, bool] | None:
        # There are at most a few dozen pictures: a search is fast enough.
        for number in range(len(self._pictures)):
            for real in (False, True):
                if self.grid.area(number, real=real).contains(point):
                    return number, real
        return None

    def _describe(self) -> None:
        """Describe the pictures to screen readers."""
        said = [self.tip(self.current, real=real) for real in (False, True)] if self.current >= 0 else []
        shown = WAITING if self.draws is None else f"{len(self.draws.z)} draws"
        self.setAccessibleDescription(" ".join(said) or shown)

    def _fit(self) -> None:
        count = 0 if self.draws is None else len(self.draws.z)
        size = self.width(), self.height()
        scale, aspect = self._themes.scale, self._aspect
        self.grid = pair_grid(count, *size, one_row=self._one_row, scale=scale, aspect=aspect)

    @property
    def _aspect(self) -> float:
        """Width / height of the room for a sample: words and bars need more width than pictures."""
        return WIDE if self.run is not None and self.run.description.kind != "image" else 1.0

    @Slot()
    def _render(self) -> None:
        self._fit()
        draws, run, theme, ratio = self.draws, self.run, self._themes.theme, self.devicePixelRatioF()
        side, aspect = self.grid.side, self._aspect
        self._pictures, self._rendered = [], side
        for number in range(0 if draws is None or run is None else self.grid.shown):
            assert draws is not None and run is not None
            draw = render_sample(draws.decodes[number], run.description, theme, side, ratio, aspect=aspect)
            real = None
            if draws.real is not None:
                real = render_sample(draws.real[number], run.description, theme, side, ratio, aspect=aspect)
            self._pictures.append((draw, real))
        self.update()

"""A sheet of one run's draws in rows and columns, with the nearest real sample below each on demand.

1. `sheet_grid` makes the pictures as large as fits into the widget.
2. The pictures are rendered at that size, once for each size and theme.
3. `paintEvent` draws them. The draw of the last click is outlined; near copies of training samples have a dashed frame.
"""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.codes.draw_sheet import SheetDraws
from explorer.latent.steps import Absent
from explorer.session import Sheet
from explorer.ui.draws.sheet_grid import MIN_SIDE, READABLE, SheetGrid, sheet_grid
from explorer.ui.draws.sheet_words import DRAWING, tip_of
from explorer.ui.pictures.renderers import fitted_box, render_sample, small_font
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import sentence

WIDE = 2.0
"""Width / height of words, values and signals."""
_WRAPPED = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)


class DrawSheet(QWidget):
    """Draws the pictures of one run; a click or Enter chooses a draw, or the real sample below it.

    Signals
    -------
    chosen : int
        The number of a draw.
    sample_chosen : int
        The index of a real sample.
    pointed : int
        The number of the draw under the mouse; -1 for none.
    """

    chosen = Signal(int)
    sample_chosen = Signal(int)
    pointed = Signal(int)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.run: OpenRun | None = None
        self.sheet: SheetDraws | None = None
        self.grid = SheetGrid(1, 1, MIN_SIDE, MIN_SIDE)
        self.current = -1
        self._words, self._settings = DRAWING, Sheet()
        self._pictures: list[tuple[QImage, QImage | None]] = []
        self._rendered: SheetGrid | None = None
        self._hovered, self._room = -1, 0
        set_identity(self, "draw_sheet", accessible="Draws and the nearest real samples")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        themes.changed.connect(self._render)

    def show_draws(self, run: OpenRun, value: SheetDraws | Absent | None, settings: Sheet, words: str) -> None:
        """Show the draws of a run, or why there are none; ``words`` are shown until there is an answer."""
        sheet = value if isinstance(value, SheetDraws) else None
        # Rendering takes long, and the details of a run that trains change often.
        same_data = self.run is not None and run.description is self.run.description
        is_same = sheet is self.sheet and same_data and settings.nearest == self._settings.nearest
        if sheet is not self.sheet:
            self.current = -1
        self._words = sentence(value.why) if isinstance(value, Absent) else words
        self.run, self.sheet, self._settings = run, sheet, settings
        self._describe()
        if not is_same:
            self._render()
        self.update()

    def set_room(self, height: int) -> None:
        """Set the height that is in view, in pixels; a sheet that needs more of it scrolls."""
        if height != self._room:
            self._room = height
            self._refit()

    def sizeHint(self) -> QSize:
        """Return the preferred size in pixels."""
        side = round(READABLE * self._themes.scale)
        return QSize(6 * side, 3 * side)

    def minimumSizeHint(self) -> QSize:
        """Return a size in pixels at which draws can be told apart."""
        return QSize(4 * (2 * MIN_SIDE), 4 * MIN_SIDE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pictures, the frames of near copies and the outline of the chosen draw."""
        theme, scale = self._themes.theme, self._themes.scale
        with QPainter(self) as painter:
            painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
            if self.sheet is None:
                painter.setFont(small_font())
                painter.setPen(QColor(theme.muted))
                painter.drawText(
                    QRectF(0, 0, self.width(), min(self.height(), self._room or 10**6)), _WRAPPED, self._words
                )
            # Without a sheet there are no pictures, so the empty tuple is never indexed.
            copies = () if self.sheet is None else self.sheet.is_copy
            for index, (draw, real) in enumerate(self._pictures):
                painter.drawImage(fitted_box(draw, self.grid.area(index)), draw)
                if real is not None:
                    painter.drawImage(fitted_box(real, self.grid.area(index, real=True)), real)
                if copies[index]:
                    self._outline(painter, index, QPen(QColor(theme.warning), 2 * scale, Qt.PenStyle.DashLine))
            if 0 <= self.current < len(self._pictures):
                self._outline(painter, self.current, QPen(QColor(theme.accent), 2 * scale))
            if self.hasFocus():
                painter.setPen(QPen(QColor(theme.accent), 1, Qt.PenStyle.DotLine))
                painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _outline(self, painter: QPainter, index: int, pen: QPen) -> None:
        area = self.grid.area(index)
        if self.grid.pairs:
            # One frame around the pair, because the two look alike.
            area = area.united(self.grid.area(index, real=True))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen)
        painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 3, 3)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the pictures to the new size."""
        super().resizeEvent(event)
        self._refit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the draw or the real sample at the mouse."""
        found = self._at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and found is not None:
            self._choose(found[0], real=found[1])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Announce the draw under the mouse."""
        found = self._at(event.position())
        self.setCursor(Qt.CursorShape.ArrowCursor if found is None else Qt.CursorShape.PointingHandCursor)
        self._point_at(-1 if found is None else found[0])

    def leaveEvent(self, event: QEvent) -> None:
        """Announce that no draw is under the mouse."""
        super().leaveEvent(event)
        self._point_at(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from draw to draw with the arrow keys; Enter decodes the draw, Space follows the nearest sample."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        steps |= {Qt.Key.Key_Up: -self.grid.columns, Qt.Key.Key_Down: self.grid.columns}
        key, last = Qt.Key(event.key()), len(self._pictures) - 1
        if key in steps and last >= 0:
            moved = self.current + steps[key] if self.current >= 0 else 0
            # Above the first row or below the last one, stay instead of jumping to the first or last draw.
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
        """Render again for a screen with other pixels."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._render()
        return super().event(event)

    def tip(self, index: int, *, real: bool) -> str:
        """Return what a picture is, in words."""
        return "" if self.sheet is None or self.run is None else tip_of(self.run, self.sheet, index, real=real)

    def _point_at(self, index: int) -> None:
        if index != self._hovered:
            self._hovered = index
            self.pointed.emit(index)

    def _choose(self, index: int, *, real: bool) -> None:
        self.current = index
        self._describe()
        self.update()
        if real and self.sheet is not None and self.sheet.draws.nearest is not None:
            self.sample_chosen.emit(int(self.sheet.draws.nearest[index]))
        else:
            self.chosen.emit(index)

    def _at(self, point: QPointF) -> tuple[int, bool] | None:
        # Divide instead of testing each area: a sheet can have hundreds of draws.
        across, down = self.grid.stride
        index = int(point.y() // down) * self.grid.columns + int(point.x() // across)
        if point.x() >= self.grid.columns * across or not 0 <= index < len(self._pictures):
            return None
        found = (
            real for real in (False, True)[: 1 + self.grid.pairs] if self.grid.area(index, real=real).contains(point)
        )
        real = next(found, None)
        return None if real is None else (index, real)

    def _describe(self) -> None:
        """Describe the pictures to screen readers."""
        said = [self.tip(self.current, real=real) for real in (False, True)] if self.current >= 0 else []
        shown = self._words if self.sheet is None else f"{len(self.sheet.draws.z)} draws"
        self.setAccessibleDescription(" ".join(said) or shown)

    def _fit(self) -> None:
        sheet, settings = self.sheet, self._settings
        count = 0 if sheet is None else len(sheet.draws.z)
        # If each row is a class, keep the columns: every column is one code.
        is_fixed = sheet is not None and sheet.classes is not None and len(set(sheet.classes.tolist())) > 1
        pairs = settings.nearest and sheet is not None and sheet.draws.real is not None
        self.grid = sheet_grid(
            count, settings.columns, self.width(), self._room or self.height(), pairs=pairs, fixed=is_fixed,
            scale=self._themes.scale, aspect=self._aspect,
        )  # fmt: skip
        # Set a minimum only for a sheet that scrolls; otherwise the tab could not be made lower again.
        self.setMinimumHeight(self.grid.height if sheet is not None and self.grid.height > self._room > 0 else 0)

    def _refit(self) -> None:
        self._fit()
        # Rendering takes much longer than drawing.
        if self.grid != self._rendered:
            self._render()

    @property
    def _aspect(self) -> float:
        """Width / height of the room for a sample: words and bars need more width than pictures."""
        return WIDE if self.run is not None and self.run.description.kind != "image" else 1.0

    @Slot()
    def _render(self) -> None:
        self._fit()
        sheet, run, theme, ratio = self.sheet, self.run, self._themes.theme, self.devicePixelRatioF()
        self._pictures, self._rendered = [], self.grid
        if sheet is not None and run is not None:
            side, aspect, shown, real = self.grid.side, self._aspect, sheet.shown, sheet.draws.real
            for index in range(len(shown)):
                draw = render_sample(shown[index], run.description, theme, side, ratio, aspect=aspect)
                below = None
                if self.grid.pairs and real is not None:
                    below = render_sample(real[index], run.description, theme, side, ratio, aspect=aspect)
                self._pictures.append((draw, below))
        self.update()

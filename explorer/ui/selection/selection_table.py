"""A table of pictures: a column for each sample, a row for the real samples and one for each model."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from explorer.data.dataset import Description
from explorer.rendering.drawing import number
from explorer.ui.pictures.renderers import CENTRE, LEFT, render_sample, small_font
from explorer.ui.theme.theme import ThemeSource

GAP = 6
MIN_EMS, MAX_EMS = 2.2, 6.0
"""Minimum and maximum side of a picture, in text heights."""
NAME_EMS = 11.0
"""Maximum width of the row names, in text heights."""


@dataclass(frozen=True, eq=False)
class TableRow:
    """A row: its name, a picture for each column ``(n, *shape)``, and optional squared errors, one per column."""

    name: str
    pictures: NDArray[Any]
    errors: tuple[float, ...] = ()


class SelectionTable(QWidget):
    """Draws the table. One widget without children can show twenty answers per second without any layout.

    Signals
    -------
    picked : int
        The sample that was clicked, or chosen with Return.
    """

    picked = Signal(int)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._samples: tuple[int, ...] = ()
        self._labels: tuple[str, ...] = ()
        self._rows: tuple[TableRow, ...] = ()
        self._description: Description | None = None
        self._probed: int | None = None
        self._current = 0  # column of the keyboard
        self._room = 0
        self._images: list[list[QImage]] = []  # rendered pictures, by row and column
        self.setObjectName("selection_table")
        self.setAccessibleName("Selected samples, real and reconstructed; click one to follow it")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        # Minimum: the table never shrinks below its pictures; the area around scrolls.
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Minimum)
        themes.changed.connect(self._redraw)

    @property
    def rows(self) -> tuple[TableRow, ...]:
        """The rows shown."""
        return self._rows

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels above the columns."""
        return self._labels

    def show_rows(
        self,
        samples: tuple[int, ...],
        labels: tuple[str, ...],
        rows: tuple[TableRow, ...],
        description: Description,
        probed: int | None = None,
    ) -> None:
        """Show samples by index with a label above each; ``probed`` is the probe's sample."""
        same_shape = len(rows) == len(self._rows) and len(samples) == len(self._samples)
        self._samples, self._labels, self._probed = samples, labels, probed
        self._current = min(self._current, max(0, len(samples) - 1))
        before = [row.pictures for row in self._rows]
        self._rows, self._description = rows, description
        # Rendering is slow: only if a row's array is another one. Labels and frame alone need just a repaint.
        if not same_shape or any(row.pictures is not old for row, old in zip(rows, before, strict=True)):
            self._redraw()
        self.update()

    def set_room(self, height: int) -> None:
        """Choose the largest pictures with which all rows fit in ``height`` pixels, within their limits."""
        before = self._side()
        self._room = height
        if self._side() != before:
            self._redraw()

    def column_at(self, position: QPointF | QPoint) -> int | None:
        """Return the column at a position, or None."""
        column = int((position.x() - self._left()) // self._step())
        return column if position.x() >= self._left() and column < len(self._samples) else None

    def centre_of(self, column: int) -> QPoint:
        """Return the centre of a column's first picture."""
        side = self._side()
        return QPointF(self._left() + column * self._step() + side / 2, self._top() + side / 2).toPoint()

    def sizeHint(self) -> QSize:
        """Return the size of all columns and rows, in pixels."""
        height = self._row_top(len(self._rows))
        return QSize(round(self._left() + len(self._samples) * self._step()), round(height))

    def minimumSizeHint(self) -> QSize:
        """Return the size of all columns and rows: the table scrolls instead of shrinking."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw labels, pictures and errors."""
        with QPainter(self) as painter:
            painter.setFont(small_font())
            self._draw_labels(painter)
            for index, row in enumerate(self._rows):
                self._draw_row(painter, index, row)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick the sample under the mouse."""
        column = self.column_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and column is not None:
            self._current = column
            self.picked.emit(self._samples[column])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move between samples with the arrow keys; Return picks one."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        key = Qt.Key(event.key())
        if key in steps and self._samples:
            # Around the ends, as the row has no other place for the keyboard to go.
            self._current = (self._current + steps[key]) % len(self._samples)
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._samples:
            self.picked.emit(self._samples[self._current])
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Show the tooltip of the sample under the mouse."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            column = self.column_at(event.pos())
            text = "" if column is None else f"sample {self._samples[column]}: click to follow it through the model"
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def _draw_labels(self, painter: QPainter) -> None:
        metrics, theme = QFontMetricsF(small_font()), self._themes.theme
        for column, (sample, label) in enumerate(zip(self._samples, self._labels, strict=True)):
            box = QRectF(self._left() + column * self._step(), 0, self._side(), metrics.height())
            # One frame around the whole column: the probe's sample, or that of the keyboard.
            if sample == self._probed or (self.hasFocus() and column == self._current):
                frame = QRectF(box.left() - 3, 1, self._side() + 6, self.sizeHint().height() - 2)
                painter.setPen(QPen(QColor(theme.accent), 1.5))
                painter.drawRoundedRect(frame, 5, 5)
            painter.setPen(QColor(theme.text))
            painter.drawText(box, CENTRE, metrics.elidedText(label, Qt.TextElideMode.ElideRight, box.width()))

    def _draw_row(self, painter: QPainter, index: int, row: TableRow) -> None:
        metrics, theme, side = QFontMetricsF(small_font()), self._themes.theme, self._side()
        top = self._row_top(index)
        painter.setPen(QColor(theme.text))
        name = QRectF(0, top, self._left() - GAP, side)
        shown = metrics.elidedText(row.name, Qt.TextElideMode.ElideMiddle, name.width())
        painter.drawText(name, LEFT, shown)
        painter.setPen(QColor(theme.muted))
        if row.errors:
            foot = QRectF(0, top + side, self._left() - GAP, metrics.height())
            painter.drawText(foot, LEFT, "sq. error")
        for column, image in enumerate(self._images[index]):
            x = self._left() + column * self._step()
            painter.drawImage(QPointF(x, top), image)
            if row.errors:
                box = QRectF(x - GAP / 2, top + side, side + GAP, metrics.height())
                painter.drawText(box, CENTRE, number(row.errors[column], 3))

    @Slot()
    def _redraw(self) -> None:
        description = self._description
        if description is None:
            return
        side, ratio, theme = round(self._side()), self.devicePixelRatioF(), self._themes.theme
        real = self._rows[0].pictures if self._rows else None
        self._images = []
        for index, row in enumerate(self._rows):
            images = []
            for column in range(len(self._samples)):
                # Lines and bars show the real sample behind the reconstruction.
                over = real[column] if index > 0 and real is not None else None
                images.append(render_sample(row.pictures[column], description, theme, side, ratio, over=over))
            self._images.append(images)
        self.updateGeometry()
        self.update()

    def _side(self) -> float:
        line = QFontMetricsF(small_font()).height()
        count = max(1, len(self._rows))
        free = self._room - self._top() - 4 * count - line * sum(bool(row.errors) for row in self._rows)
        # Rounded: pictures on fractions of pixels are blurred.
        return round(min(max(free / count, MIN_EMS * line), MAX_EMS * line))

    def _step(self) -> float:
        return self._side() + GAP

    def _top(self) -> float:
        return QFontMetricsF(small_font()).height() + 4

    def _row_top(self, index: int) -> float:
        """Return the y of a row in pixels; rows with errors have a line of text below them."""
        line = QFontMetricsF(small_font()).height()
        above = self._rows[:index]
        return self._top() + len(above) * (self._side() + 4) + line * sum(bool(row.errors) for row in above)

    def _left(self) -> float:
        metrics = QFontMetricsF(small_font())
        widest = max((metrics.horizontalAdvance(row.name) for row in self._rows), default=0.0)
        return min(widest, NAME_EMS * metrics.height()) + 2 * GAP

"""A table of pictures: a column for each sample, a row for the real samples and one for each model.

Samples that do not fit beside each other follow in further lines, each with all rows.
"""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDrag,
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QToolTip, QWidget

from explorer.data.dataset import Description
from explorer.rendering.drawing import number
from explorer.ui.pictures.renderers import CENTRE, LEFT, render_sample, small_font
from explorer.ui.selection.table_grid import GAP, fit_grid
from explorer.ui.state.pins import SAMPLE_MIME
from explorer.ui.theme.theme import ThemeSource

NAME_EMS = 11.0
"""Maximum width of the row names, in text heights."""
PAGES = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}


@dataclass(frozen=True, eq=False)
class TableRow:
    """A row: its name, a picture for each sample ``(n, *shape)``, and optional squared errors, one per sample."""

    name: str
    pictures: NDArray[Any]
    errors: tuple[float, ...] = ()


class SelectionTable(QWidget):
    """Draws the table. One widget without children can show twenty answers per second without any layout.

    Signals
    -------
    picked : int
        The sample that was clicked, or chosen with Return.
    page_wanted : int
        A step to another page of samples: 1 is the next.
    menu_wanted : int, QPoint
        A menu for a sample, or -1 beside the samples, at a point of the screen.
    """

    picked = Signal(int)
    page_wanted = Signal(int)
    menu_wanted = Signal(int, QPoint)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._samples: tuple[int, ...] = ()
        self._labels: tuple[str, ...] = ()
        self._rows: tuple[TableRow, ...] = ()
        self._description: Description | None = None
        self._probed: int | None = None
        self._current = 0  # column of the keyboard focus
        self._pressed: QPointF | None = None  # where a click began that may become a drag
        # A grid of no samples, until the first `arrange`.
        self._grid = fit_grid((0, 0), 0, (False,), 14.0, 0.0)
        self._images: list[list[QImage]] = []  # rendered pictures, by row and sample
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

    @property
    def samples(self) -> tuple[int, ...]:
        """The samples shown."""
        return self._samples

    def arrange(self, room: QSize, names: tuple[str, ...], errors: tuple[bool, ...], count: int, bar: int) -> int:
        """Choose the largest pictures with which all rows fit, and return how many of ``count`` samples do.

        Parameters
        ----------
        room
            Size in pixels.
        names, errors
            Name of each row, and whether it has squared errors.
        bar
            Width in pixels of the scroll bar that appears if not even one line of samples fits.
        """
        metrics = QFontMetricsF(small_font())
        widest = max(map(metrics.horizontalAdvance, names), default=0.0)
        # Limit the width of names: a run's name can be as long as a path.
        left = min(widest, NAME_EMS * metrics.height()) + 2 * GAP
        before, em, (width, height) = self._grid, metrics.height(), (room.width(), room.height())
        grid = fit_grid((width, height), count, errors, em, left)
        if grid.line_height > height:  # no room for the errors, which are also in the tooltips
            grid = fit_grid((width, height), count, (False,) * len(errors), em, left)
        # Still too high: the vertical scroll bar takes some of the width.
        if grid.line_height > height:
            grid = fit_grid((width - bar, height), count, grid.errors, em, left)
        self._grid = grid
        if self._grid.side != before.side:
            self._redraw()
        elif self._grid != before:
            self.updateGeometry()
            self.update()
        return self._grid.capacity

    def show_rows(
        self,
        samples: tuple[int, ...],
        labels: tuple[str, ...],
        rows: tuple[TableRow, ...],
        description: Description,
        probed: int | None = None,
    ) -> None:
        """Show samples by index with a label above each; ``probed`` is the probe's sample."""
        # Before the fields are replaced: old and new rows decide what must be rendered.
        same_shape = len(rows) == len(self._rows) and len(samples) == len(self._samples)
        self._samples, self._labels, self._probed = samples, labels, probed
        self._current = min(self._current, max(0, len(samples) - 1))
        before = [row.pictures for row in self._rows]
        self._rows, self._description = rows, description
        # Rendering is slow: only if a row's array is another one. Labels and frame alone need just a repaint.
        if not same_shape or any(row.pictures is not old for row, old in zip(rows, before, strict=True)):
            self._redraw()
        self.update()

    def column_at(self, position: QPointF | QPoint) -> int | None:
        """Return the index of the sample's column at a position in pixels, or None."""
        return self._grid.index_at(position.x(), position.y(), len(self._samples))

    def centre_of(self, column: int) -> QPoint:
        """Return the centre of the first picture in a column, in pixels."""
        x, y = self._grid.corner(column, 0)
        return QPointF(x + self._grid.side / 2, y + self._grid.side / 2).toPoint()

    def sizeHint(self) -> QSize:
        """Return the size of all samples and rows, in pixels."""
        width, height = self._grid.size(len(self._samples))
        return QSize(round(width), round(height))

    def minimumSizeHint(self) -> QSize:
        """Return the size of all samples and rows: the table scrolls instead of shrinking."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw labels, pictures and errors."""
        with QPainter(self) as painter:
            painter.setFont(small_font())
            for line in range(-(-len(self._samples) // self._grid.columns)):
                self._draw_names(painter, line)
            for index in range(len(self._samples)):
                self._draw_sample(painter, index)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click on the sample under the mouse, or a drag."""
        column = self.column_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and column is not None:
            self._current, self._pressed = column, event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the pressed sample: onto the pins of a blend."""
        pressed = self._pressed
        # A shorter move than the system's drag distance is still a click.
        if pressed is None or (event.position() - pressed).manhattanLength() < QApplication.startDragDistance():
            return
        self._pressed = None
        data, drag = QMimeData(), QDrag(self)
        data.setData(SAMPLE_MIME, str(self._samples[self._current]).encode("ascii"))
        drag.setMimeData(data)
        # The real picture, which the pin will show.
        drag.setPixmap(QPixmap.fromImage(self._images[0][self._current]))
        # Returns only after the drop; the sample stays in the selection.
        drag.exec(Qt.DropAction.CopyAction)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Pick the pressed sample, unless it was dragged."""
        pressed, self._pressed = self._pressed, None
        # Like a button: leaving the sample before the release cancels the click.
        if pressed is not None and self.column_at(event.position()) == self._current:
            self.picked.emit(self._samples[self._current])

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the sample under the mouse, or of the sample with the keyboard focus."""
        # For the menu key, Qt reports the centre of the widget as the position.
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        column = self._current if by_key else self.column_at(event.pos())
        known = column is not None and column < len(self._samples)
        self.menu_wanted.emit(self._samples[column] if known and column is not None else -1, event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move between samples with the arrow keys, between pages with the page keys; Return picks a sample."""
        columns = self._grid.columns
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns}
        key = Qt.Key(event.key())
        if key in PAGES:
            self.page_wanted.emit(PAGES[key])
        elif key in steps and self._samples:
            self._step(steps[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._samples:
            self.picked.emit(self._samples[self._current])
        else:
            super().keyPressEvent(event)

    def _step(self, step: int) -> None:
        """Move the keyboard focus by ``step`` samples, beyond the ends of the page to the next or previous page."""
        to = self._current + step
        if 0 <= to < len(self._samples):
            self._current = to
            self.update()
        # Up and Down stop at the edge, as a page has no fixed number of lines.
        elif abs(step) == 1:
            self._current = 0 if step > 0 else len(self._samples) - 1
            self.page_wanted.emit(step)
            self.update()

    def event(self, event: QEvent) -> bool:
        """Show the tooltip of the sample under the mouse."""
        # Set for each position: the samples have different tooltips.
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            column = self.column_at(event.pos())
            text = "" if column is None else self._tip(column)
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def _tip(self, column: int) -> str:
        errors = [f"{row.name} {number(row.errors[column], 3)}" for row in self._rows if row.errors]
        known = f"squared error {', '.join(errors)}; " if errors else ""
        return f"sample {self._samples[column]}: {known}click to follow it through the model"

    def _draw_names(self, painter: QPainter, line: int) -> None:
        """Draw the names of the rows at the left of a line of samples."""
        metrics, theme, grid = QFontMetricsF(small_font()), self._themes.theme, self._grid
        for index, row in enumerate(self._rows):
            top = grid.top(line) + grid.row_top(index)
            name = QRectF(0, top, grid.left - GAP, grid.side)
            painter.setPen(QColor(theme.text))
            painter.drawText(name, LEFT, metrics.elidedText(row.name, Qt.TextElideMode.ElideMiddle, name.width()))
            if row.errors and grid.errors[index]:
                painter.setPen(QColor(theme.muted))
                painter.drawText(QRectF(0, top + grid.side, grid.left - GAP, grid.em), LEFT, "sq. error")

    def _draw_sample(self, painter: QPainter, index: int) -> None:
        metrics, theme, grid = QFontMetricsF(small_font()), self._themes.theme, self._grid
        x, top = grid.corner(index)
        label = QRectF(x, top, grid.side, grid.em)
        # A frame around the whole column of the probe's sample or the keyboard focus.
        if self._samples[index] == self._probed or (self.hasFocus() and index == self._current):
            frame = QRectF(x - 3, top + 1, grid.side + 6, grid.line_height - 2)
            painter.setPen(QPen(QColor(theme.accent), 1.5))
            painter.drawRoundedRect(frame, 5, 5)
        painter.setPen(QColor(theme.text))
        shown = metrics.elidedText(self._labels[index], Qt.TextElideMode.ElideRight, label.width())
        painter.drawText(label, CENTRE, shown)
        painter.setPen(QColor(theme.muted))
        # Not strict: a theme change can repaint before new rows are rendered.
        for row, images in zip(range(len(self._rows)), self._images, strict=False):
            y = top + grid.row_top(row)
            painter.drawImage(QPointF(x, y), images[index])
            if self._rows[row].errors and grid.errors[row]:
                # Half a gap wider at both sides: "0.00123" is wider than a small picture.
                box = QRectF(x - GAP / 2, y + grid.side, grid.side + GAP, grid.em)
                painter.drawText(box, CENTRE, number(self._rows[row].errors[index], 3))

    @Slot()
    def _redraw(self) -> None:
        description = self._description
        if description is None:
            return
        side, ratio, theme = round(self._grid.side), self.devicePixelRatioF(), self._themes.theme
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

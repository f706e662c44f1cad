"""A table of directions: a column for each latent dimension, a row for the model and one for PCA."""

import math
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from explorer.data.dataset import Description
from explorer.latent.plane.projection import dimension_name
from explorer.rendering.differences import drawn_as_sample
from explorer.ui.pictures.renderers import CENTRE, LEFT, render_sample, small_font
from explorer.ui.theme.theme import Theme, ThemeSource

GAP = 6
MIN_EMS, MAX_EMS = 2.4, 8.0
"""Minimum and maximum side of a picture, in text heights."""


@dataclass(frozen=True, eq=False)
class DirectionRow:
    """A row: its name, a sentence on its pictures, and directions ``(k, *shape)`` in model values."""

    name: str
    words: str
    directions: NDArray[Any]


class ComponentTable(QWidget):
    """Draws the table, with the mean before it if there is one. One widget without children repaints quickly."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._rows: tuple[DirectionRow, ...] = ()
        self._mean: NDArray[Any] | None = None
        self._description: Description | None = None
        self._images: list[list[QImage]] = []
        self._mean_image: QImage | None = None
        self._room, self._max_side = 0, math.inf  # pixels; maximum side of a picture
        self.setObjectName("component_table")
        self.setAccessibleName("Components as pictures")
        # Minimum: pictures are never drawn smaller than set_room chose; the area around scrolls.
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Minimum)
        themes.changed.connect(self._redraw)

    @property
    def rows(self) -> tuple[DirectionRow, ...]:
        """The rows shown."""
        return self._rows

    def show_rows(self, rows: tuple[DirectionRow, ...], mean: NDArray[Any] | None, description: Description) -> None:
        """Show directions, and the mean ``(*shape)`` in the units of the samples."""
        self._rows, self._mean, self._description = rows, mean, description
        self.setAccessibleDescription("; ".join(f"{row.name}: {len(row.directions)}, {row.words}" for row in rows))
        self._redraw()

    def set_room(self, width: int, height: int, bar: int) -> None:
        """Choose the largest pictures with which all rows and columns fit, within their limits.

        A table that is too wide nevertheless leaves ``bar`` pixels free below it for the horizontal scroll bar.
        """
        before = self._side()
        # First fit the height alone, then narrow the pictures if the columns are too wide together.
        # _side() uses both limits: without a limit on the side, it is that of the height alone.
        self._room, self._max_side = height, math.inf
        wide = self.sizeHint().width() - width
        if wide > 0:
            columns = (len(self._rows[0].directions) if self._rows else 0) + (self._mean is not None)
            self._max_side = self._side() - math.ceil(wide / max(1, columns))
            # Below the minimum the table scrolls; then only the height counts, less the scroll bar.
            if self._max_side < self._min_side():
                self._room, self._max_side = height - bar, math.inf
        if self._side() != before:
            self._redraw()

    def sizeHint(self) -> QSize:
        """Return the size of all columns and rows, in pixels."""
        columns = len(self._rows[0].directions) if self._rows else 0
        return QSize(round(self._column(columns)), round(self._row_top(len(self._rows))))

    def minimumSizeHint(self) -> QSize:
        """Return the size of all columns and rows: the table never shrinks below it."""
        return self.sizeHint()

    def words_at(self, position: QPoint) -> str:
        """Return the description of the picture at a position, or ""."""
        side = self._side()
        if self._mean is not None and position.x() < self._row_names():
            return "decode of z = 0; for PCA, the mean of the training samples"
        for index, row in enumerate(self._rows):
            column = int((position.x() - self._column(0)) // (side + GAP))
            inside = self._row_top(index) <= position.y() < self._row_top(index + 1)
            if inside and 0 <= column < len(row.directions):
                hues = "orange more, blue less" if self._is_grey else "each channel around its middle grey"
                about = self._description
                hue = f": {hues}" if about is not None and about.kind == "image" else ""
                return f"{dimension_name(column)}, {row.words}{hue}; scaled to its own maximum; the sign is arbitrary"
        return ""

    def event(self, event: QEvent) -> bool:
        """Show the tooltip of the picture under the mouse."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.words_at(event.pos()), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw names, mean and directions."""
        with QPainter(self) as painter:
            painter.setFont(small_font())
            theme, line, side = self._themes.theme, QFontMetricsF(small_font()).height(), self._side()
            painter.setPen(QColor(theme.muted))
            if self._mean_image is not None:
                painter.drawText(QRectF(0, 0, side, line), CENTRE, "mean")
                painter.drawImage(QPointF(0, self._row_top(0)), self._mean_image)
            for index, row in enumerate(self._rows):
                top = self._row_top(index)
                painter.setPen(QColor(theme.text))
                painter.drawText(QRectF(self._row_names(), top, self._names_width(), side), LEFT, row.name)
                for column, image in enumerate(self._images[index]):
                    painter.drawImage(QPointF(self._column(column), top), image)
            painter.setPen(QColor(theme.muted))
            for column in range(len(self._rows[0].directions) if self._rows else 0):
                painter.drawText(QRectF(self._column(column), 0, side, line), CENTRE, dimension_name(column))

    @Slot()
    def _redraw(self) -> None:
        about = self._description
        if about is None:
            return
        side, ratio, theme = round(self._side()), self.devicePixelRatioF(), self._themes.theme
        # Rendered once per answer, not per paint: painting happens more often.
        self._images = [
            [_image(direction, about, theme, side, ratio) for direction in row.directions] for row in self._rows
        ]
        self._mean_image = None if self._mean is None else render_sample(self._mean, about, theme, side, ratio)
        self.updateGeometry()
        self.update()

    @property
    def _is_grey(self) -> bool:
        return self._description is not None and self._description.shape[0] == 1

    def _side(self) -> float:
        # Rows share the height; the line of column names is above them.
        line = QFontMetricsF(small_font()).height()
        count = max(1, len(self._rows))
        free = min((self._room - line - 4) / count - GAP, self._max_side)
        return round(min(max(free, self._min_side()), MAX_EMS * line))

    def _min_side(self) -> float:
        return MIN_EMS * QFontMetricsF(small_font()).height()

    def _row_top(self, index: int) -> float:
        return QFontMetricsF(small_font()).height() + 4 + index * (self._side() + GAP)

    def _row_names(self) -> float:
        """Return the x of the row names, in pixels."""
        return 0.0 if self._mean is None else self._side() + 2 * GAP

    def _names_width(self) -> float:
        metrics = QFontMetricsF(small_font())
        return max((metrics.horizontalAdvance(row.name) for row in self._rows if row.name), default=0.0)

    def _column(self, column: int) -> float:
        names = self._names_width()
        return self._row_names() + (names + GAP if names else 0.0) + column * (self._side() + GAP)


def _image(direction: NDArray[Any], description: Description, theme: Theme, side: int, ratio: float) -> QImage:
    ground = QColor(theme.raised)
    # Directions have signs: they are drawn in two colours on the panel's background.
    values, about = drawn_as_sample(direction, description, (ground.red(), ground.green(), ground.blue()))
    return render_sample(values, about, theme, side, ratio)

"""A table of directions: a column for each latent dimension, a row for the model's own and one for PCA's."""

import math
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from explorer.data.dataset import Description
from explorer.rendering.directions import drawn_as_sample
from explorer.ui.decode.forward_pass.code_rows import dimension_name
from explorer.ui.pictures.drawing import small_font
from explorer.ui.pictures.renderers import render_sample
from explorer.ui.theme.theme import Theme, ThemeSource

GAP = 6
MIN_EMS, MAX_EMS = 2.4, 8.0
"""Least and greatest side of a picture in text heights."""
CENTRE = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, eq=False)
class DirectionRow:
    """A row: its name, what its pictures are in a sentence, and directions ``(k, *shape)`` in model values."""

    name: str
    words: str
    directions: NDArray[Any]


class ComponentTable(QWidget):
    """Draws the table, with the mean before it where there is one; it is one widget, so that an answer is quick."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._rows: tuple[DirectionRow, ...] = ()
        self._mean: NDArray[Any] | None = None
        self._description: Description | None = None
        self._images: list[list[QImage]] = []
        self._mean_image: QImage | None = None
        self._room, self._most = 0, math.inf
        self.setObjectName("component_table")
        self.setAccessibleName("Components as pictures")
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Minimum)
        themes.changed.connect(self._redraw)

    @property
    def rows(self) -> tuple[DirectionRow, ...]:
        """What is shown."""
        return self._rows

    def show_rows(self, rows: tuple[DirectionRow, ...], mean: NDArray[Any] | None, description: Description) -> None:
        """Show directions, and the mean (*shape) in the samples' own units."""
        self._rows, self._mean, self._description = rows, mean, description
        self.setAccessibleDescription("; ".join(f"{row.name}: {len(row.directions)}, {row.words}" for row in rows))
        self._redraw()

    def set_room(self, width: int, height: int, bar: int) -> None:
        """Let the pictures be so large that all rows and columns fit, where that leaves them a size.

        A table that is wider all the same leaves ``bar`` free beneath it, for the bar that it is moved with.
        """
        before = self._side()
        self._room, self._most = height, math.inf
        wide = self.sizeHint().width() - width
        if wide > 0:
            columns = (len(self._rows[0].directions) if self._rows else 0) + (self._mean is not None)
            self._most = self._side() - math.ceil(wide / max(1, columns))
            if self._most < self._least():
                self._room, self._most = height - bar, math.inf
        if self._side() != before:
            self._redraw()

    def sizeHint(self) -> QSize:
        """Return the room that all columns and rows take."""
        columns = len(self._rows[0].directions) if self._rows else 0
        return QSize(round(self._column(columns)), round(self._row_top(len(self._rows))))

    def minimumSizeHint(self) -> QSize:
        """Return the room that all columns and rows take."""
        return self.sizeHint()

    def words_at(self, position: QPoint) -> str:
        """Return the words on what lies at a place of the widget."""
        side = self._side()
        if self._mean is not None and position.x() < self._row_names():
            return "decode of z = 0; for PCA, the mean of the training samples"
        for place, row in enumerate(self._rows):
            column = int((position.x() - self._column(0)) // (side + GAP))
            inside = self._row_top(place) <= position.y() < self._row_top(place + 1)
            if inside and 0 <= column < len(row.directions):
                hues = "orange more, blue less" if self._is_grey else "each channel around its middle grey"
                about = self._description
                hue = f": {hues}" if about is not None and about.kind == "image" else ""
                return (
                    f"{dimension_name(column)}, {row.words}{hue}; each scaled to its own maximum; the sign is arbitrary"
                )
        return ""

    def event(self, event: QEvent) -> bool:
        """Tell by a tooltip what is under the hand."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.words_at(event.pos()), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw names, the mean and the directions."""
        painter = QPainter(self)
        painter.setFont(small_font())
        theme, line, side = self._themes.theme, QFontMetricsF(small_font()).height(), self._side()
        painter.setPen(QColor(theme.muted))
        if self._mean_image is not None:
            painter.drawText(QRectF(0, 0, side, line), CENTRE, "mean")
            painter.drawImage(QPointF(0, self._row_top(0)), self._mean_image)
        for place, row in enumerate(self._rows):
            top = self._row_top(place)
            painter.setPen(QColor(theme.text))
            painter.drawText(QRectF(self._row_names(), top, self._names_width(), side), LEFT, row.name)
            for column, image in enumerate(self._images[place]):
                painter.drawImage(QPointF(self._column(column), top), image)
        painter.setPen(QColor(theme.muted))
        for column in range(len(self._rows[0].directions) if self._rows else 0):
            painter.drawText(QRectF(self._column(column), 0, side, line), CENTRE, dimension_name(column))
        painter.end()

    @Slot()
    def _redraw(self) -> None:
        about = self._description
        if about is None:
            return
        side, ratio, theme = round(self._side()), self.devicePixelRatioF(), self._themes.theme
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
        line = QFontMetricsF(small_font()).height()
        count = max(1, len(self._rows))
        free = min((self._room - line - 4) / count - GAP, self._most)
        return round(min(max(free, self._least()), MAX_EMS * line))

    def _least(self) -> float:
        return MIN_EMS * QFontMetricsF(small_font()).height()

    def _row_top(self, place: int) -> float:
        return QFontMetricsF(small_font()).height() + 4 + place * (self._side() + GAP)

    def _row_names(self) -> float:
        """Return the x of the rows' names."""
        return 0.0 if self._mean is None else self._side() + 2 * GAP

    def _names_width(self) -> float:
        metrics = QFontMetricsF(small_font())
        return max((metrics.horizontalAdvance(row.name) for row in self._rows if row.name), default=0.0)

    def _column(self, column: int) -> float:
        names = self._names_width()
        return self._row_names() + (names + GAP if names else 0.0) + column * (self._side() + GAP)


def _image(direction: NDArray[Any], description: Description, theme: Theme, side: int, ratio: float) -> QImage:
    ground = QColor(theme.raised)
    values, about = drawn_as_sample(direction, description, (ground.red(), ground.green(), ground.blue()))
    return render_sample(values, about, theme, side, ratio)

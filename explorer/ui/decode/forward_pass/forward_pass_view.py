"""The way of one sample through its model, drawn as a flow of rows."""

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.ui.decode.forward_pass.code_rows import CodeRow, dimension_name, fixed
from explorer.ui.pictures.drawing import small_font
from explorer.ui.theme.theme import ThemeSource

LINE = 1.45
"""Height of a row in heights of its text."""
WIDEST_NUMBER = "−00.00"
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ForwardPassView(QWidget):
    """Draws the rows of a way, as many dimensions beside each other as there is room for.

    Of many dimensions the first are shown; `set_expanded` shows all, in blocks below each other.
    """

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._rows: tuple[CodeRow, ...] = ()
        self._expanded = False
        self.setObjectName("way_view")
        self.setAccessibleName("Forward pass: from the sample to its decode, step by step")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._redress)

    @property
    def rows(self) -> tuple[CodeRow, ...]:
        """What is shown."""
        return self._rows

    @property
    def dimensions(self) -> int:
        """How many latent dimensions the way has."""
        return max((len(row.values) for row in self._rows), default=0)

    @property
    def columns(self) -> int:
        """How many of them stand beside each other."""
        metrics = QFontMetricsF(small_font())
        return max(1, int((self.width() - self._label_width(metrics)) / self._column_width(metrics)))

    def set_rows(self, rows: tuple[CodeRow, ...]) -> None:
        """Show a way; its numbers change in place."""
        changed = len(rows) != len(self._rows) or max((len(row.values) for row in rows), default=0) != self.dimensions
        self._rows = rows
        words = "; ".join(f"{row.label}: {', '.join(map(fixed, row.values)) or row.words}" for row in rows)
        self.setAccessibleDescription(words)
        if changed:
            self._fit_height()
        self.update()

    def set_expanded(self, expanded: bool) -> None:
        """Show every dimension, or the first alone."""
        self._expanded = expanded
        self._fit_height()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the height of all rows."""
        blocks = -(-self.dimensions // self.columns) if self._expanded else 1
        lines = max(1, blocks) * (len(self._rows) + 1) + (max(1, blocks) - 1) * 0.6
        return QSize(120, round(lines * LINE * QFontMetricsF(small_font()).height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take as many columns as there is room for."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit_height()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the blocks of dimensions, one below the other."""
        painter = QPainter(self)
        painter.setFont(small_font())
        metrics = QFontMetricsF(small_font())
        line, columns, y = LINE * metrics.height(), self.columns, 0.0
        last = self.dimensions if self._expanded else min(columns, self.dimensions)
        for first in range(0, max(1, last), columns):
            y = self._draw_block(painter, metrics, y, first, min(first + columns, last)) + 0.6 * line
        painter.end()

    def _draw_block(self, painter: QPainter, metrics: QFontMetricsF, y: float, first: int, last: int) -> float:
        """Draw the rows of dimensions first to last (excluded) from y downwards; gives the y below them."""
        theme = self._themes.theme
        line, label, column = LINE * metrics.height(), self._label_width(metrics), self._column_width(metrics)
        painter.setPen(QColor(theme.muted))
        for place in range(first, last):
            box = QRectF(label + (place - first) * column, y, column, line)
            painter.drawText(box, RIGHT, dimension_name(place))
        for row in self._rows:
            y += line
            is_code = row.label.startswith("z =")
            painter.setPen(QColor(theme.text if is_code else theme.muted))
            painter.setFont(_weighted(is_code))
            painter.drawText(QRectF(0, y, label, line), LEFT, row.label)
            painter.setPen(QColor(theme.text if not row.words else theme.muted))
            if row.words:
                box = QRectF(label, y, self.width() - label, line)
                words = metrics.elidedText(row.words, Qt.TextElideMode.ElideRight, box.width())
                painter.drawText(box, LEFT, words)
            for place in range(first, min(last, len(row.values))):
                box = QRectF(label + (place - first) * column, y, column, line)
                painter.drawText(box, RIGHT, fixed(row.values[place]))
        painter.setFont(small_font())
        return y + line

    def _label_width(self, metrics: QFontMetricsF) -> float:
        return 1.02 * max((metrics.horizontalAdvance(row.label) for row in self._rows), default=0.0) + 6

    def _column_width(self, metrics: QFontMetricsF) -> float:
        return metrics.horizontalAdvance(WIDEST_NUMBER) + 6

    def _fit_height(self) -> None:
        self.setFixedHeight(self.sizeHint().height())

    @Slot()
    def _redress(self) -> None:
        self._fit_height()
        self.update()


def _weighted(strong: bool) -> QFont:
    font = small_font()
    if strong:
        font.setWeight(QFont.Weight.DemiBold)
    return font

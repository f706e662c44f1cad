"""Drawing of the rows of the list: a run with its mark in two lines, or the heading of an experiment."""

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QApplication, QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from explorer.ui.run_list.run_model import (
    COUNT,
    DETAILS,
    FOLDED,
    HAS_WARNING,
    LOSS,
    MARK,
    STARRED,
    STATUS,
    TITLE,
    TRAINS,
    Index,
)
from explorer.ui.theme.icons import icon
from explorer.ui.theme.run_mark import draw_mark
from explorer.ui.theme.style_sheet import TEXT_PIXELS
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

ROW, HEADING = 44, 30
"""Heights in pixels at text scale 1 of a run, and of the heading of an experiment."""
INDENT = 32
"""Left edge of the texts in pixels at text scale 1, beside the mark."""
SMALL = 11
"""Size in pixels at text scale 1 of the second line."""


class RunDelegate(QStyledItemDelegate):
    """Draws runs in two lines, and headings of experiments in one; a run that trains is drawn by its `TrainingRow`."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the row."""
        option = QStyleOptionViewItem(option)  # the view uses its own for the next row, too
        self.initStyleOption(option, index)
        # The style draws background, selection and focus; the texts are drawn below.
        option.text = ""
        style = option.widget.style() if option.widget else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        painter.save()
        if index.data(COUNT) is not None:
            self._draw_heading(painter, option.rect, index)
        elif not index.data(TRAINS):
            self._draw_run(painter, option.rect, index)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height of the row in pixels; the list sets the width."""
        height = HEADING if index.data(COUNT) is not None else ROW
        return QSize(8 * option.fontMetrics.averageCharWidth(), self._scaled(height))

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """Return a line edit for the new name."""
        return set_identity(QLineEdit(parent), "run_rename", "New name; Enter to rename, Esc to cancel")

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        """Place the line edit over the run, at its own height instead of that of two lines."""
        height = editor.sizeHint().height()
        rect = option.rect
        editor.setGeometry(rect.left(), rect.top() + (rect.height() - height) // 2, rect.width(), height)

    def _draw_run(self, painter: QPainter, rect: QRect, index: Index) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        centre = QPointF(rect.left() + 18 * scale, rect.center().y() + 0.5)
        draw_mark(painter, centre, 12 * scale, index.data(MARK), theme)
        room = rect.adjusted(self._scaled(INDENT), self._scaled(5), -self._scaled(10), -self._scaled(5))
        half = room.height() // 2
        first, second = room.adjusted(0, 0, 0, -half), room.adjusted(0, half, 0, 0)
        small, bold = self._font(SMALL), self._font(TEXT_PIXELS, bold=True)
        first = self._draw_right(painter, first, str(index.data(STATUS) or ""), small, self._status_colour(index))
        first = self._draw_right(painter, first, "★" if index.data(STARRED) else "", small, theme.muted)
        if index.data(HAS_WARNING):
            first = self._draw_warning(painter, first)
        self._draw_left(painter, first, str(index.data(TITLE)), bold, theme.text, Qt.TextElideMode.ElideMiddle)
        details, loss = str(index.data(DETAILS) or ""), str(index.data(LOSS) or "")
        metrics = QFontMetrics(small)
        # In a narrow list the unit goes first: the curves and the tooltip have it.
        if metrics.horizontalAdvance(details + loss) + self._scaled(8) > second.width():
            loss = loss.rpartition(" ")[0]
        second = self._draw_right(painter, second, loss, small, theme.muted)
        # Then the last details, one by one.
        while ", " in details and metrics.horizontalAdvance(details) > second.width():
            details = details.rpartition(", ")[0]
        self._draw_left(painter, second, details, small, theme.muted)

    def _draw_heading(self, painter: QPainter, rect: QRect, index: Index) -> None:
        theme, side = self._themes.theme, self._scaled(12)
        box = QRect(rect.left() + self._scaled(12), rect.center().y() - side // 2, side, side)
        name = "chevron-right" if index.data(FOLDED) else "chevron-down"
        icon(name, theme, theme.muted).paint(painter, box)
        room = rect.adjusted(self._scaled(INDENT - 4), 0, -self._scaled(10), 0)
        runs = f"{index.data(COUNT)} runs"
        room = self._draw_right(painter, room, runs, self._font(SMALL), theme.muted)
        bold = self._font(TEXT_PIXELS - 1, bold=True)
        self._draw_left(painter, room, str(index.data(TITLE)), bold, theme.text, Qt.TextElideMode.ElideMiddle)

    def _status_colour(self, index: Index) -> str:
        theme = self._themes.theme
        colours = {
            "training": theme.accent_ink,
            "failed": theme.danger,
            "damaged": theme.danger,
            "unfinished": theme.warning,
        }
        return colours.get(str(index.data(STATUS)), theme.muted)

    def _draw_warning(self, painter: QPainter, rect: QRect) -> QRect:
        """Draw the warning sign at the end of a line; return the rectangle left of it."""
        side = self._scaled(13)
        box = QRect(rect.right() - side + 1, rect.center().y() - side // 2, side, side)
        icon("warning", self._themes.theme, self._themes.theme.warning).paint(painter, box)
        return rect.adjusted(0, 0, -side - side // 2, 0)

    def _draw_right(self, painter: QPainter, rect: QRect, text: str, font: QFont, colour: str) -> QRect:
        """Draw a text at the end of a line; return the rectangle left of it."""
        if not text:
            return rect
        painter.setFont(font)
        painter.setPen(QColor(colour))
        painter.drawText(rect, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        return rect.adjusted(0, 0, -QFontMetrics(font).horizontalAdvance(text) - self._scaled(8), 0)

    @staticmethod
    def _draw_left(
        painter: QPainter,
        rect: QRect,
        text: str,
        font: QFont,
        colour: str,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        painter.setFont(font)
        painter.setPen(QColor(colour))
        shown = QFontMetrics(font).elidedText(text, mode, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)

    def _font(self, pixels: int, *, bold: bool = False) -> QFont:
        font = QFont(QApplication.font())
        font.setPixelSize(max(8, self._scaled(pixels)))
        if bold:
            font.setWeight(QFont.Weight.DemiBold)
        return font

    def _scaled(self, pixels: int) -> int:
        return round(pixels * self._themes.scale)

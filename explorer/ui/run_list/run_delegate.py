"""Drawing of a run in the list: name and status, and below them family, data and newest loss in a muted tone."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QApplication, QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

STATUS, DETAILS, SHOWN, HAS_WARNING = (int(Qt.ItemDataRole.UserRole) + number for number in (1, 2, 3, 4))
"""Item roles: status and second line as text, whether the run is in a pane, and whether it has a warning."""

Index = QModelIndex | QPersistentModelIndex  # Qt passes either of them


class RunDelegate(QStyledItemDelegate):
    """Draws one run in two lines; a bar at the left marks runs that are in a pane."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the run."""
        self.initStyleOption(option, index)
        # The style draws background, selection and focus; the text is drawn below, in two lines.
        option.text = ""
        style = option.widget.style() if option.widget else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        painter.save()
        if index.data(SHOWN):
            self._draw_mark(painter, option.rect)
        room = self._room(option.rect)
        theme, status = self._themes.theme, str(index.data(STATUS) or "")
        colour = {
            "training": theme.accent,
            "failed": theme.danger,
            "damaged": theme.danger,
            "unfinished": theme.warning,
        }
        small = _small(option.font)
        # The status is measured first: the name elides in what is left beside it.
        painter.setFont(small)
        painter.setPen(QColor(colour.get(status, theme.muted)))
        width = painter.fontMetrics().horizontalAdvance(status)
        first = QRect(room.left(), room.top(), room.width(), room.height() // 2)
        painter.drawText(first, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, status)
        painter.setFont(option.font)
        painter.setPen(QColor(theme.text))
        gap = painter.fontMetrics().horizontalAdvance("m")
        self._draw_elided(painter, first.adjusted(0, 0, -width - gap, 0), str(index.data(Qt.ItemDataRole.DisplayRole)))
        painter.setFont(small)
        painter.setPen(QColor(theme.muted))
        second = QRect(room.left(), first.bottom(), room.width(), room.height() // 2)
        if index.data(HAS_WARNING):
            second = self._draw_warning(painter, second)
        self._draw_elided(painter, second, str(index.data(DETAILS) or ""))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height of two lines in pixels; the list sets the width."""
        lines = option.fontMetrics.lineSpacing() * 2
        return QSize(8 * option.fontMetrics.averageCharWidth(), lines + round(8 * self._themes.scale))

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """Return a line edit for the new name."""
        return set_identity(QLineEdit(parent), "run_rename", "New name; Enter to rename, Esc to cancel")

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        """Place the line edit over the run, at its own height instead of that of two lines."""
        height = editor.sizeHint().height()
        rect = option.rect
        editor.setGeometry(rect.left(), rect.top() + (rect.height() - height) // 2, rect.width(), height)

    def _room(self, rect: QRect) -> QRect:
        side, top = round(8 * self._themes.scale), round(4 * self._themes.scale)
        return rect.adjusted(side, top, -side, -top)

    def _draw_mark(self, painter: QPainter, rect: QRect) -> None:
        width, inset = round(3 * self._themes.scale), round(8 * self._themes.scale)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._themes.theme.accent))
        painter.drawRoundedRect(rect.left(), rect.top() + inset, width, rect.height() - 2 * inset, width / 2, width / 2)

    def _draw_warning(self, painter: QPainter, rect: QRect) -> QRect:
        """Draw the warning sign at the end of a line; return the rectangle left of it."""
        side = round(13 * self._themes.scale)
        box = QRect(rect.right() - side + 1, rect.center().y() - side // 2, side, side)
        icon("warning", self._themes.theme, self._themes.theme.warning).paint(painter, box)
        return rect.adjusted(0, 0, -side - side // 2, 0)

    @staticmethod
    def _draw_elided(painter: QPainter, rect: QRect, text: str) -> None:
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


def _small(font: QFont) -> QFont:
    small = QFont(font)
    # A font set in points has a pixel size of -1.
    if font.pixelSize() > 0:
        small.setPixelSize(max(9, round(font.pixelSize() * 12 / 13)))
    return small

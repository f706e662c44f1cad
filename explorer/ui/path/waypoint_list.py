"""The waypoints of a path as a list: letter, picture, class and sample; a drag reorders them."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from explorer.ui.pictures.renderers import LEFT, fitted_box, small_font
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

ROW, SIDE, GRIP = 42, 36, 12
"""Height of a row, side of its picture and width of its grip, in pixels at text scale 1."""
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, eq=False)
class ShownWaypoint:
    """The contents of a row.

    Attributes
    ----------
    letter
        Its name, such as "A".
    title, detail
        The class or "point"; the number of the sample, or "".
    colour
        Colour of the class; None for unknown.
    picture
        The sample or the decode; None until it is known.
    """

    letter: str
    title: str
    detail: str
    colour: QColor | None = None
    picture: QImage | None = None


class WaypointList(QListWidget):
    """Lists the waypoints; a click chooses one.

    Signals
    -------
    chosen : int
        The index of the clicked waypoint.
    deletion_wanted : int
        The index of the waypoint at which *Delete* was pressed.
    moved : int, int
        A waypoint was dragged from one index to another.
    """

    chosen = Signal(int)
    deletion_wanted = Signal(int)
    moved = Signal(int, int)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        # Kept outside the model: Qt copies an item's data when a drag begins, and cannot copy Python objects.
        self.shown: list[ShownWaypoint] = []
        tip = "Drag to reorder, Delete removes; Alt with ↑ and ↓ moves a waypoint"
        set_identity(self, "path_waypoints", tip, "Waypoints")
        self.setItemDelegate(_RowDelegate(themes, self))
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        # Qt then asks the delegate once for a height, not for each row.
        self.setUniformItemSizes(True)
        self.itemClicked.connect(lambda item: self.chosen.emit(self.row(item)))
        self.model().rowsMoved.connect(self._on_moved)
        themes.changed.connect(self.doItemsLayout)

    def show_waypoints(self, shown: Sequence[ShownWaypoint], chosen: int | None) -> None:
        """Show other waypoints."""
        self.shown = list(shown)
        # Block signals: a moved or removed row would look like a drag by the user.
        with QSignalBlocker(self), QSignalBlocker(self.model()):
            while self.count() > len(shown):
                self.takeItem(self.count() - 1)
            while self.count() < len(shown):
                # Pass a text, so that Qt creates the item: items created in Python crashed when Qt deleted them.
                self.addItem("")
            for row, one in enumerate(shown):
                words = f"{one.letter}: {one.title} {one.detail}".strip()
                self.item(row).setData(Qt.ItemDataRole.AccessibleTextRole, words)
            self.setCurrentRow(-1 if chosen is None else chosen)
        # The view was not notified, because the model's signals were blocked.
        self.doItemsLayout()
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete the current waypoint, or move it with Alt and an arrow."""
        row, alt = self.currentRow(), event.modifiers() & Qt.KeyboardModifier.AltModifier
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and row >= 0:
            self.deletion_wanted.emit(row)
        elif alt and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and row >= 0:
            to = row + (1 if event.key() == Qt.Key.Key_Down else -1)
            if 0 <= to < self.count():
                self.moved.emit(row, to)
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            super().keyPressEvent(event)
            if self.currentRow() >= 0:
                self.chosen.emit(self.currentRow())
        else:
            # Other keys belong to the panel: steps of t, playing.
            event.ignore()

    @Slot(QModelIndex, int, int, QModelIndex, int)
    def _on_moved(self, _: QModelIndex, first: int, last: int, parent: QModelIndex, to: int) -> None:
        # Qt counts the new place with the row still at its old one.
        self.moved.emit(first, to - 1 if to > first else to)


class _RowDelegate(QStyledItemDelegate):
    """Draws a row: grip, picture, letter, class with its colour, and the sample."""

    def __init__(self, themes: ThemeSource, waypoints: WaypointList) -> None:
        super().__init__(waypoints)
        self._themes, self._waypoints = themes, waypoints

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the size of a row in pixels."""
        return QSize(10, round(ROW * self._themes.scale))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw a row."""
        theme, scale = self._themes.theme, self._themes.scale
        # During a drop, the new row briefly exists beside the one that it replaces.
        if index.row() >= len(self._waypoints.shown):
            return
        shown = self._waypoints.shown[index.row()]
        area = QRectF(option.rect)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.accent_quiet))
            painter.drawRoundedRect(area.adjusted(0, 1, 0, -1), 4 * scale, 4 * scale)
        self._draw_grip(painter, area)
        side = SIDE * scale
        box = QRectF(area.left() + GRIP * scale, area.center().y() - side / 2, side, side)
        if shown.picture is not None:
            painter.drawImage(fitted_box(shown.picture, box), shown.picture)
        self._write(painter, shown, area, box.right() + 8 * scale)
        painter.restore()

    def _draw_grip(self, painter: QPainter, area: QRectF) -> None:
        scale = self._themes.scale
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._themes.theme.muted))
        for across in (3, 7):
            for down in (-5, 0, 5):
                painter.drawEllipse(
                    QPointF(area.left() + across * scale, area.center().y() + down * scale), scale, scale
                )

    def _write(self, painter: QPainter, shown: ShownWaypoint, area: QRectF, left: float) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        font = painter.font()
        font.setBold(True)
        painter.setFont(font)
        high = painter.fontMetrics().height()
        top = area.center().y() - (high if shown.detail else high / 2)
        painter.setPen(QColor(theme.text))
        painter.drawText(QRectF(left, top, area.right() - left, high), LEFT, shown.letter)
        x = left + painter.fontMetrics().horizontalAdvance(shown.letter) + 6 * scale
        if shown.colour is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(shown.colour)
            painter.drawEllipse(QPointF(x + 4 * scale, top + high / 2), 4 * scale, 4 * scale)
            x += 13 * scale
        font.setBold(False)
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        self._elided(painter, shown.title, QRectF(x, top, area.right() - x, high))
        painter.setFont(small_font())
        painter.setPen(QColor(theme.muted))
        self._elided(painter, shown.detail, QRectF(left, top + high, area.right() - left, high))

    def _elided(self, painter: QPainter, text: str, box: QRectF) -> None:
        painter.drawText(
            box, LEFT, painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()))
        )

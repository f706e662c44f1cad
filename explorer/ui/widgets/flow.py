"""A layout that arranges widgets side by side and wraps to the next line, like words; and the margins of panels."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

NO_MAXIMUM = 16_777_215
"""Qt's QWIDGETSIZE_MAX, which PySide6 lacks: the maximum size of a widget that has no maximum."""


def pad_panel(layout: QLayout, scale: float) -> int:
    """Set the margins and the spacing of a panel that shows pictures; return its left margin in pixels."""
    # Less at the right and the bottom, where the scroll bars of the pictures are.
    margin = round(10 * scale)
    layout.setContentsMargins(margin, round(0.7 * margin), round(0.6 * margin), round(0.5 * margin))
    layout.setSpacing(round(0.4 * margin))
    return margin


class FlowLayout(QLayout):
    """Arranges widgets in lines.

    Parameters
    ----------
    stretch
        Whether the first widget of each line takes the remaining width.
    """

    def __init__(self, parent: QWidget | None = None, *, spacing: int = 6, stretch: bool = False) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._stretch = stretch
        self._width = 0  # as last arranged; Qt resets its own when a layout is invalidated
        # Heights by width. Qt asks for them several times per resize, and each needs all size hints: they are cached
        # until an item changes.
        self._heights: dict[int, int] = {}
        self._hint: QSize | None = None
        self._minimum: QSize | None = None
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(spacing)

    def addItem(self, item: QLayoutItem) -> None:
        """Add an item; Qt calls it."""
        self._items.append(item)

    def count(self) -> int:
        """Return the number of items."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """Return an item, or None beyond the last, as Qt requires."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Remove and return an item, or return None beyond the last."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """Return the horizontal direction: the layout takes no more height than it needs."""
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        """Return True: the height depends on the width."""
        return True

    def invalidate(self) -> None:
        """Clear cached sizes after an item has changed."""
        self._heights.clear()
        self._hint = self._minimum = None
        super().invalidate()

    def heightForWidth(self, width: int) -> int:
        """Return the height for a width, in pixels."""
        if width not in self._heights:
            self._heights[width] = self._arrange(QRect(0, 0, width, 0), place=False)
        return self._heights[width]

    def sizeHint(self) -> QSize:
        """Return the size of all items in one line."""
        if self._hint is None:
            self._hint = self._hint_in_one_line()
        return self._hint

    def _hint_in_one_line(self) -> QSize:
        hints = [item.sizeHint() for item in self._visible()]
        width = sum(hint.width() for hint in hints) + self.spacing() * max(0, len(hints) - 1)
        return QSize(width, max((hint.height() for hint in hints), default=0))

    def minimumSize(self) -> QSize:
        """Return the minimum size: the width of the widest item, and the height for the current width."""
        if self._minimum is None:
            self._minimum = self._minimum_of_widest()
        return self._minimum

    def _minimum_of_widest(self) -> QSize:
        hints = [item.minimumSize() for item in self._visible()]
        width = max((hint.width() for hint in hints), default=0)
        # A box layout gives its children at least this height, so it must be that for the current width.
        known = self._width or self.sizeHint().width()
        return QSize(width, self.heightForWidth(max(width, known)))

    def setGeometry(self, rect: QRect) -> None:
        """Arrange the items in a rectangle."""
        super().setGeometry(rect)
        self._arrange(rect, place=True)
        if rect.width() != self._width:
            self._width = rect.width()
            self.invalidate()  # the minimum height depends on the width

    def _visible(self) -> list[QLayoutItem]:
        # Hidden widgets are empty items and take no room.
        return [item for item in self._items if not item.isEmpty()]

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        lines: list[list[QLayoutItem]] = []
        used = 0
        for item in self._visible():
            wanted = item.sizeHint().width()
            # An item wider than the line gets a line of its own.
            if lines and used + self.spacing() + wanted <= width:
                lines[-1].append(item)
                used += self.spacing() + wanted
            else:
                lines.append([item])
                used = wanted
        return lines

    def _arrange(self, rect: QRect, *, place: bool) -> int:
        top = rect.top()
        for line in self._lines(rect.width()):
            height = max(item.sizeHint().height() for item in line)
            if place:
                self._place(line, QPoint(rect.left(), top), rect.width(), height)
            top += height + self.spacing()
        return max(0, top - self.spacing() - rect.top())

    def _place(self, line: list[QLayoutItem], corner: QPoint, width: int, height: int) -> None:
        wanted = sum(item.sizeHint().width() for item in line) + self.spacing() * (len(line) - 1)
        spare = max(0, width - wanted) if self._stretch else 0
        left = corner.x()
        for number, item in enumerate(line):
            actual = min(width, item.sizeHint().width() + (spare if number == 0 else 0))
            item.setGeometry(QRect(left, corner.y(), actual, height))
            left += actual + self.spacing()

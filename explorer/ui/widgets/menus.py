"""Two kinds of menu: a submenu of recently used things, and a menu that stays open while its entries are ticked."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from PySide6.QtCore import QObject, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QWidget

RecentEntry = tuple[str, str, Any]
"""Text, tooltip and value of an entry."""


class RecentMenu(QObject):
    """Fills a submenu with recent entries, and with one that clears the list; a submenu without entries is disabled.

    Parameters
    ----------
    entries
        Returns the entries, the newest first.
    choose
        Is called with the value of the chosen entry.
    clear
        Clears the list.
    """

    def __init__(
        self,
        menu: QMenu,
        entries: Callable[[], Sequence[RecentEntry]],
        choose: Callable[[Any], object],
        clear: Callable[[], object],
    ) -> None:
        super().__init__(menu)
        self._menu, self._entries, self._choose, self._clear = menu, entries, choose, clear
        menu.setToolTipsVisible(True)
        menu.triggered.connect(self._on_chosen)
        above = menu.parent()
        # Not at its own opening: an empty submenu must be disabled before.
        assert isinstance(above, QMenu)
        above.aboutToShow.connect(self.fill)
        self.fill()

    @Slot()
    def fill(self) -> None:
        """Show the present entries."""
        self._menu.clear()
        entries = self._entries()
        for text, tip, value in entries:
            # "&&" is shown as "&"; a single one would underline the next letter.
            action = self._menu.addAction(text.replace("&", "&&"))
            action.setToolTip(tip)
            action.setData(value)
        self._menu.menuAction().setEnabled(bool(entries))
        if entries:
            self._menu.addSeparator()
            self._menu.addAction("Clear list").setToolTip("Forget these entries; no file is deleted")

    @Slot(QAction)
    def _on_chosen(self, action: QAction) -> None:
        # Only "Clear list" has no value.
        if action.data() is None:
            self._clear()
        else:
            self._choose(action.data())


class StayingMenu(QMenu):
    """A menu in which a click or Space ticks an entry without closing the menu.

    Esc and a click elsewhere close it. Enter closes it, too; if nothing was ticked, it first ticks the current entry.
    Entries without a tick behave as in any menu. Some entries may have a question mark at their end.

    Signals
    -------
    aside_pressed : QAction
        The question mark of an entry was clicked, or the key ? pressed while it was current.
    """

    aside_pressed = Signal(QAction)

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._ticked = False
        self._asides: set[QAction] = set()

    def set_asides(self, actions: Iterable[QAction]) -> None:
        """Draw a question mark at the end of these entries, and emit ``aside_pressed`` when it is pressed."""
        self._asides = set(actions)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the entries, then the question marks."""
        super().paintEvent(event)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for action in self._asides:
                if not (box := self._aside(action)).isEmpty():
                    painter.setPen(self.palette().placeholderText().color())
                    painter.drawEllipse(box)
                    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "?")

    def _aside(self, action: QAction) -> QRectF:
        """Return the circle of the question mark of an entry, in pixels."""
        row = QRectF(self.actionGeometry(action))
        side = min(row.height(), 1.1 * self.fontMetrics().height())
        return QRectF(row.right() - side - 6, row.center().y() - side / 2, side, side)

    def _press_aside(self, action: QAction | None) -> bool:
        if action not in self._asides or action is None:
            return False
        self.aside_pressed.emit(action)
        return True

    def showEvent(self, event: QShowEvent) -> None:
        """Begin with nothing ticked."""
        self._ticked = False
        super().showEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tick the entry under the mouse, or treat another entry as usual."""
        action = self.actionAt(event.position().toPoint())
        if action is not None and self._aside(action).contains(event.position()) and self._press_aside(action):
            return
        if not self._tick(action):
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tick the current entry by Space; close by Enter after something was ticked."""
        if event.key() == Qt.Key.Key_Space and self._tick(self.activeAction()):
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._ticked and _is_tick(self.activeAction()):
            self.close()
            return
        if event.text() == "?" and self._press_aside(self.activeAction()):
            return
        super().keyPressEvent(event)

    def _tick(self, action: QAction | None) -> bool:
        if action is None or not _is_tick(action):
            return False
        self._ticked = True
        action.trigger()
        return True


def _is_tick(action: QAction | None) -> bool:
    return action is not None and action.isCheckable() and action.isEnabled() and action.menu() is None

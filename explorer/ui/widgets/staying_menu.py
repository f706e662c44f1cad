"""A menu that stays open while its entries are ticked."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QWidget


class StayingMenu(QMenu):
    """A menu in which a click or Space ticks an entry without closing the menu.

    Esc and a click elsewhere close it. Enter closes it, too; if nothing was ticked, it first ticks the current entry.
    Entries without a tick behave as in any menu.
    """

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._ticked = False

    def showEvent(self, event: QShowEvent) -> None:
        """Begin with nothing ticked."""
        self._ticked = False
        super().showEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tick the entry under the mouse, or treat another entry as usual."""
        if not self._tick(self.actionAt(event.position().toPoint())):
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tick the current entry by Space; close by Enter after something was ticked."""
        if event.key() == Qt.Key.Key_Space and self._tick(self.activeAction()):
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._ticked and _is_tick(self.activeAction()):
            self.close()
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

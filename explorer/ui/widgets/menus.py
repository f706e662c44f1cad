"""Two kinds of menu: a submenu of recently used things, and a menu that stays open while its entries are ticked."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent, QShowEvent
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

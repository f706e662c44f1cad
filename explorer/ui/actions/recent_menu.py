"""A submenu of recently used things; it is filled each time the menu above it opens."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

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

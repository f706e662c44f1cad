"""Opens the dialog of own input from the window: by its action, from the clipboard, or by a drop on Decoded."""

from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

from explorer.ui.own_input.own_input_dialog import OwnInputDialog
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.windows import bring_to_front


class OwnInputOpener(QObject):
    """Makes the dialog when it is first needed, and keeps it with its inputs until the window closes."""

    def __init__(self, state: AppState, themes: ThemeSource, window: QWidget) -> None:
        super().__init__(window)
        self._state, self._themes, self._window = state, themes, window
        self._dialog: OwnInputDialog | None = None

    @property
    def dialog(self) -> OwnInputDialog:
        """The dialog."""
        # Made late: its canvas and lists would slow down the start of the window, and most sessions do not need it.
        if self._dialog is None:
            self._dialog = OwnInputDialog(self._state, self._themes, self._window)
        return self._dialog

    @Slot()
    def show(self) -> None:
        """Show the dialog beside the window."""
        bring_to_front(self.dialog)

    @Slot()
    def paste(self) -> None:
        """Encode the picture, file or text of the clipboard."""
        self.dialog.paste()

    def take_drop(self, event: QDropEvent, target: QWidget) -> bool:
        """Encode input dropped on a visible *Decoded* part; return False for folders and other parts."""
        folders = any(Path(url.toLocalFile()).is_dir() for url in event.mimeData().urls())
        # The window accepts the drop for all its parts, so the position decides which part it is for.
        at = target.mapFrom(self._window, event.position().toPoint())
        if folders or not target.isVisible() or not target.rect().contains(at):
            return False
        self.dialog.take(event.mimeData(), "dropped")
        return True

    def close(self) -> None:
        """Close the dialog."""
        if self._dialog is not None:
            self._dialog.close()

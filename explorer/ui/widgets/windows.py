"""Windows beside the main one: how they come to the front, and the geometry that they keep between starts."""

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QDialog, QWidget

from explorer.ui.widgets.settings import settings


def bring_to_front(dialog: QDialog) -> None:
    """Show a dialog, or raise it if it is open behind another window, and give it the keyboard."""
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()


def remember_geometry(window: QWidget, name: str) -> None:
    """Store a window's size and position under a name."""
    settings().setValue(f"{name}/geometry", window.saveGeometry())


def recall_geometry(window: QWidget, name: str) -> None:
    """Restore the size and position that were stored under a name, if there are any."""
    geometry = settings().value(f"{name}/geometry")
    if isinstance(geometry, QByteArray):
        window.restoreGeometry(geometry)

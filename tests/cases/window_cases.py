"""Access to widgets and actions by their `objectName`."""

from typing import TypeVar

from PySide6.QtCore import QObject

Found = TypeVar("Found", bound=QObject)


def named(parent: QObject, name: str, kind: type[Found] = QObject) -> Found:  # type: ignore[assignment]
    """Return the part of that `objectName` below ``parent``."""
    found = parent.findChild(kind, name)
    assert found is not None, f"{parent.objectName()} has no {kind.__name__} called {name}"
    return found

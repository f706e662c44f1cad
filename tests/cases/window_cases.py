"""Access to widgets and actions by their `objectName`, and to values that change until a layout stands still."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

QUIET = 250
"""How long a value must not change to count as settled, in ms."""

Value = TypeVar("Value")
Found = TypeVar("Found", bound=QObject)


def named(parent: QObject, name: str, kind: type[Found] = QObject) -> Found:  # type: ignore[assignment]
    """Return the part of that `objectName` below ``parent``."""
    found = parent.findChild(kind, name)
    assert found is not None, f"{parent.objectName()} has no {kind.__name__} called {name}"
    return found


def settled(qtbot: QtBot, read: Callable[[], Value]) -> Value:
    """Return a value once it no longer changes: answers of workers arrive one by one, and each lays the window out."""
    value = read()
    while True:
        qtbot.wait(QUIET)
        before, value = value, read()
        if value == before:
            return value

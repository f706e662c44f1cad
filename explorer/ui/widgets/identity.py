"""Every control's name, tooltip and accessible name, said in one place."""

from typing import TypeVar

from PySide6.QtWidgets import QWidget

Widget = TypeVar("Widget", bound=QWidget)


def set_identity(widget: Widget, object_name: str, tip: str = "", accessible: str = "") -> Widget:
    """Return ``widget`` its stable object name, its tooltip, and its name for screen readers (the tip where none)."""
    widget.setObjectName(object_name)
    if tip:
        widget.setToolTip(tip)
    widget.setAccessibleName(accessible or tip or object_name.replace("_", " "))
    return widget

"""Sets a control's object name, tooltip and accessible name."""

from typing import TypeVar

from PySide6.QtWidgets import QWidget

Widget = TypeVar("Widget", bound=QWidget)


def set_identity(widget: Widget, object_name: str, tip: str = "", accessible: str = "") -> Widget:
    """Set a widget's object name, tooltip and name for screen readers (by default the tip); return the widget."""
    # Object names are stable: tests, saved layouts and style sheets refer to them.
    widget.setObjectName(object_name)
    if tip:
        widget.setToolTip(tip)
    widget.setAccessibleName(accessible or tip or object_name.replace("_", " "))
    return widget

"""Sets the names of widgets for tests, screen readers and the style sheet; and why an action is disabled."""

from typing import TypeVar

from PySide6.QtGui import QAction
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


def set_style_property(widget: QWidget, name: str, value: str | bool) -> None:
    """Set a dynamic property that the style sheet selects by, such as ``role`` or ``invalid``."""
    # Qt evaluates [role="…"] only when a widget is polished, which lays it out again: not for an equal value.
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def enable(action: QAction, why_not: str) -> None:
    """Enable an action, or disable it with the reason as its tooltip."""
    action.setEnabled(not why_not)
    # `whatsThis` keeps the tooltip of the enabled action.
    action.setToolTip(why_not or action.whatsThis())

"""Finds controls that a screen reader cannot name."""

from fit_checks import Fault, path_of
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget


def faults_of_controls(root: QWidget) -> list[Fault]:
    """Return the controls below a root that the Tab key reaches and that have no accessible name."""
    shown = (one for one in root.findChildren(QWidget) if one.isVisible() and one.window() is root.window())
    return [Fault("no name for screen readers", path_of(one)) for one in shown if _is_reached(one) and not _name(one)]


def _is_reached(widget: QWidget) -> bool:
    policy = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    return policy == Qt.FocusPolicy.TabFocus and widget.focusProxy() is None and widget.isEnabled()


def _name(widget: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    return "" if interface is None else interface.text(QAccessible.Text.Name).strip()

"""Small buttons beside a heading in a narrow column, and the row of buttons of a dialog."""

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QWidget

from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

# The button row at the bottom of dialogs.


def close_button(dialog: QDialog, name: str) -> QDialogButtonBox:
    """Return a button row with a close button named ``<name>_close``."""
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    close = buttons.button(QDialogButtonBox.StandardButton.Close)
    set_identity(close, f"{name}_close", "Close (Esc)", "Close")
    # Close has the role Reject in Qt.
    buttons.rejected.connect(dialog.reject)
    return buttons


def compact_button(themes: ThemeSource) -> str:
    """Return the style sheet of a tool button that is no higher than the heading beside it."""
    scale = themes.scale
    padding = f"{round(2 * scale)}px {round(5 * scale)}px"
    pixels = f"{round(14 * scale)}px"
    icon_size = f"qproperty-iconSize: {pixels} {pixels};"
    return f"QToolButton {{ padding: {padding}; font-size: {round(12 * scale)}px; {icon_size} }}"


def side_by_side(*buttons: QWidget) -> QWidget:
    """Return a widget with buttons in one row, which a flow layout wraps as a unit."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(2)
    for button in buttons:
        layout.addWidget(button)
    layout.addStretch(1)
    return row

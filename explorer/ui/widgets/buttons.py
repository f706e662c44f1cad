"""Tool buttons of the panels, small ones beside a heading, and the buttons and the size of a dialog."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QToolButton, QWidget

from explorer.rendering.theme import Theme
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

SCREEN_SHARE = 0.9
"""Maximum share of the screen's width and height that a dialog takes at first."""


def tool_button(name: str, text: str, tip: str, *, checkable: bool = False) -> QToolButton:
    """Return a tool button with a text, and with an icon before it once one is set; "" leaves the icon alone."""
    button = set_identity(QToolButton(), name, tip, text)
    button.setText(text)
    button.setCheckable(checkable)
    if text:
        # The default style would drop the text as soon as the button gets an icon.
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return button


def close_button(dialog: QDialog, name: str) -> QDialogButtonBox:
    """Return a button row with a close button named ``<name>_close``."""
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    close = buttons.button(QDialogButtonBox.StandardButton.Close)
    set_identity(close, f"{name}_close", "Close (Esc)", "Close")
    # Close has the role Reject in Qt.
    buttons.rejected.connect(dialog.reject)
    return buttons


def resize_to_text(dialog: QDialog, letters: int, letters_down: int) -> None:
    """Set the size of a dialog in widths of the letter m, so that it grows with the text, but not beyond the screen."""
    letter = dialog.fontMetrics().horizontalAdvance("m")
    room = dialog.screen().availableSize() * SCREEN_SHARE
    dialog.resize(QSize(letters * letter, letters_down * letter).boundedTo(room))


def compact_button(themes: ThemeSource) -> str:
    """Return the style sheet of a tool button that is no higher than the heading beside it."""
    scale = themes.scale
    padding = f"{round(2 * scale)}px {round(5 * scale)}px"
    pixels = f"{round(14 * scale)}px"
    icon_size = f"qproperty-iconSize: {pixels} {pixels};"
    return f"QToolButton {{ padding: {padding}; font-size: {round(12 * scale)}px; {icon_size} }}"


def pressed_button(theme: Theme) -> str:
    """Return the style sheet of the pressed and checked states, for a tool button with a ground of its own."""
    return (
        f"QToolButton:hover {{ background: {theme.hover}; }} QToolButton:pressed {{ background: {theme.edge}; }}"
        f"QToolButton:checked {{ background: {theme.accent_quiet}; border-color: {theme.accent}; "
        f"color: {theme.accent_ink}; }}"
    )


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

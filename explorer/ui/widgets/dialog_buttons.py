"""The buttons at the foot of dialogs, named like every other control."""

from PySide6.QtWidgets import QDialog, QDialogButtonBox

from explorer.ui.widgets.identity import set_identity


def close_button(dialog: QDialog, name: str) -> QDialogButtonBox:
    """Return a row of buttons with one that closes the dialog, called ``<name>_close``."""
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    close = buttons.button(QDialogButtonBox.StandardButton.Close)
    set_identity(close, f"{name}_close", "Close (Esc)", "Close")
    buttons.rejected.connect(dialog.reject)
    return buttons

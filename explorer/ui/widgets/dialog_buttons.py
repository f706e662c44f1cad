"""The button row at the bottom of dialogs."""

from PySide6.QtWidgets import QDialog, QDialogButtonBox

from explorer.ui.widgets.identity import set_identity


def close_button(dialog: QDialog, name: str) -> QDialogButtonBox:
    """Return a button row with a close button named ``<name>_close``."""
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    close = buttons.button(QDialogButtonBox.StandardButton.Close)
    set_identity(close, f"{name}_close", "Close (Esc)", "Close")
    # Close has the role Reject in Qt.
    buttons.rejected.connect(dialog.reject)
    return buttons

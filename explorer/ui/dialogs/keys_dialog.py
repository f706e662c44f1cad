"""What the keys and the mouse do, on one page."""

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QFormLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from explorer.ui.actions.actions import ACTIONS, Actions
from explorer.ui.widgets.dialog_buttons import close_button
from explorer.ui.widgets.identity import set_identity

MOUSE = (
    ("Click or drag a plane", "Move the probe and decode along the way"),
    ("Click a point", "Follow that sample through the model"),
    ("Hover over a point", "Show its sample and label"),
    ("Wheel", "Zoom at the cursor"),
    ("Middle-drag, Space+drag", "Move the plane"),
    ("Shift+drag", "Select the samples in a box"),
    ("Double-click", "Fit 99 % of the codes"),
    ("Click the legend", "Hide or show a class; Alt+click shows only that class"),
    ("Double-click a pane header", "Maximize or restore the pane"),
    ("Drag a pane header", "Swap the pane with another one"),
    ("Arrow keys", "Move the probe by a small step; with Shift ten times as far"),
    ("Esc", "Restore a maximized pane; then clear selection, path and probe in turn"),
)


class KeysDialog(QDialog):
    """Lists every gesture and shortcut; the shortcuts come from the actions themselves."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "keys_dialog", accessible="Keys and mouse").setWindowTitle("Keys and mouse")
        page = QWidget()
        rows = QFormLayout(page)
        rows.setHorizontalSpacing(self.fontMetrics().height())
        for gesture, meaning in MOUSE:
            rows.addRow(gesture, QLabel(meaning))
        for spec in ACTIONS:
            if spec.keys:
                keys = actions[spec.name].shortcuts()
                shown = ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in keys)
                rows.addRow(shown, QLabel(spec.tip))
        scroll = QScrollArea(widgetResizable=True)
        scroll.setWidget(page)
        layout = QVBoxLayout(self)
        layout.addWidget(scroll)
        layout.addWidget(close_button(self, "keys"))
        width = self.fontMetrics().horizontalAdvance("m")
        self.resize(52 * width, 50 * width)

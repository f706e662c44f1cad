"""The dialogs of the menu Help: keys and mouse gestures, and what the program is."""

import platform
from importlib.metadata import version

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QFormLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from explorer.ui.actions.actions import ACTIONS, Actions
from explorer.ui.theme.icons import app_icon
from explorer.ui.widgets.buttons import close_button, resize_to_text
from explorer.ui.widgets.identity import set_identity
from explorer.version import __version__

LIBRARIES = ("torch", "PySide6-Essentials", "pyqtgraph", "numpy", "scipy", "scikit-learn", "safetensors")
# Logical pixels; the icon is drawn from SVG at any device pixel ratio.
ICON_PIXELS = 72


class AboutDialog(QDialog):
    """Describes the program and lists everything that a bug report needs."""

    def __init__(self, device: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "about_dialog", accessible="About").setWindowTitle("About Latent Explorer")
        picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        picture.setPixmap(app_icon().pixmap(ICON_PIXELS, ICON_PIXELS))
        title = QLabel(f"Latent Explorer {__version__}", alignment=Qt.AlignmentFlag.AlignCenter)
        title.setProperty("role", "title")
        # From the installed metadata: importing the libraries for their versions takes seconds.
        libraries = [f"{name} {version(name)}" for name in LIBRARIES]
        rows = [
            "Train autoencoders and VAEs, see their latent space,\nand decode any point of it.",
            f"Device: {device}",
            f"Python {platform.python_version()} on {platform.platform(terse=True)}",
            ", ".join(libraries[:4]) + ",\n" + ", ".join(libraries[4:]),
            "MIT licence",
        ]
        layout = QVBoxLayout(self)
        layout.addWidget(picture)
        layout.addWidget(title)
        for text in rows:
            row = QLabel(text, alignment=Qt.AlignmentFlag.AlignCenter)
            # Selectable, to be copied into a bug report.
            row.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            layout.addWidget(row)
        layout.addWidget(close_button(self, "about"))


MOUSE = (
    ("Click or drag a plane", "Move the probe and decode along the way"),
    ("Click a point", "Follow that sample through the model"),
    ("Hover over a point", "Show its sample and label"),
    ("Wheel", "Zoom at the cursor"),
    ("Middle-drag, Space+drag", "Move the plane"),
    ("Shift+drag", "Select the samples in a box"),
    ("Double-click", "Fit: show 99 % of the codes"),
    ("Click the legend", "Hide or show a class; Alt+click shows only that class"),
    ("Double-click a pane header", "Maximize or restore the pane"),
    ("Drag a pane header", "Swap the pane with another one"),
    ("Arrow keys", "Move the probe by a small step; with Shift ten times as far"),
    ("Esc", "Restore a maximized pane; then clear selection, path and probe in turn"),
)


class KeysDialog(QDialog):
    """Lists all gestures and shortcuts; the shortcuts are read from the actions."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "keys_dialog", accessible="Keys and mouse").setWindowTitle("Keys and mouse")
        page = QWidget()
        rows = QFormLayout(page)
        rows.setHorizontalSpacing(self.fontMetrics().height())
        # Gestures first: they cannot be found in the menus.
        for gesture, meaning in MOUSE:
            rows.addRow(gesture, QLabel(meaning, wordWrap=True))
        # Native texts: Ctrl is ⌘ on macOS.
        for spec in ACTIONS:
            if spec.keys:
                keys = actions[spec.name].shortcuts()
                shown = ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in keys)
                rows.addRow(shown, QLabel(spec.tip, wordWrap=True))
        # Lines wrap instead.
        scroll = set_identity(QScrollArea(widgetResizable=True), "keys_scroll", accessible="Keys and mouse")
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(page)
        layout = QVBoxLayout(self)
        layout.addWidget(scroll)
        layout.addWidget(close_button(self, "keys"))
        resize_to_text(self, 60, 50)

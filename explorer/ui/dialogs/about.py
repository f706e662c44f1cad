"""About: version, libraries, device, licence."""

import platform
from importlib.metadata import version

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QVBoxLayout, QWidget

from explorer.ui.theme.icons import app_icon
from explorer.ui.widgets.dialog_buttons import close_button
from explorer.ui.widgets.identity import set_identity
from explorer.version import __version__

LIBRARIES = ("torch", "PySide6-Essentials", "pyqtgraph", "numpy", "scipy", "scikit-learn", "safetensors")
ICON_PIXELS = 72


class AboutDialog(QDialog):
    """Says what the program is, and everything a bug report needs."""

    def __init__(self, device: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "about_dialog", accessible="About").setWindowTitle("About Latent Explorer")
        picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        picture.setPixmap(app_icon().pixmap(ICON_PIXELS, ICON_PIXELS))
        title = QLabel(f"Latent Explorer {__version__}", alignment=Qt.AlignmentFlag.AlignCenter)
        title.setProperty("role", "title")
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
            row.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            layout.addWidget(row)
        layout.addWidget(close_button(self, "about"))

"""Draw the icons for desktops from ``resources/icons/app.svg``: ``python tools/app_icons.py``.

They lie in ``resources/desktop``: PNG for the folder ``hicolor`` of Linux, ``.ico`` for Windows, ``.icns`` for macOS.
"""

import io
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "resources" / "icons" / "app.svg"
TARGET = ROOT / "resources" / "desktop"
PNG_SIZES = (16, 22, 24, 32, 48, 64, 128, 256)
ICO_SIZES = (16, 24, 32, 48, 64, 128, 256)
ICNS_SIZES = (16, 32, 64, 128, 256, 512, 1024)


def drawn(size: int) -> Image.Image:
    """Return the icon with ``size`` pixels at each side and a transparent ground."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    with QPainter(image) as painter:
        QSvgRenderer(str(SOURCE)).render(painter)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return Image.open(io.BytesIO(data.data()))


def main() -> None:
    """Write all files."""
    for size in PNG_SIZES:
        path = TARGET / "hicolor" / f"{size}x{size}" / "apps" / "latent-explorer.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn(size).save(path, optimize=True)
    for suffix, sizes in ((".ico", ICO_SIZES), (".icns", ICNS_SIZES)):
        # Each size is drawn from the outlines: one that is scaled down is blurred.
        *others, largest = [drawn(size) for size in sizes]
        options = {"sizes": [(size, size) for size in sizes]} if suffix == ".ico" else {}
        largest.save(TARGET / f"latent-explorer{suffix}", append_images=others, **options)


if __name__ == "__main__":
    main()

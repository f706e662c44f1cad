"""The font of drawings in the window."""

from PySide6.QtGui import QFont, QGuiApplication


def small_font() -> QFont:
    """Return the application's font, a little smaller, with digits of equal width."""
    font = QFont(QGuiApplication.font())
    pixels = font.pixelSize() if font.pixelSize() > 0 else 13
    font.setPixelSize(max(8, round(pixels * 0.88)))
    font.setFeature(QFont.Tag("tnum"), 1)
    return font

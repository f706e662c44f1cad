"""The font of drawings in the window."""

from PySide6.QtGui import QFont, QGuiApplication


def small_font() -> QFont:
    """Return the application's font, 12 % smaller, with digits of equal width."""
    # A font set in points has a pixel size of -1.
    font = QFont(QGuiApplication.font())
    pixels = font.pixelSize() if font.pixelSize() > 0 else 13
    font.setPixelSize(max(8, round(pixels * 0.88)))
    # Tabular figures: numbers that change do not move their neighbours.
    font.setFeature(QFont.Tag("tnum"), 1)
    return font

"""What renderers of drawings share: a canvas to paint on, its font, and numbers as words."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QGuiApplication, QImage, QPainter

from explorer.ui.decode.renderers import Canvas

MINUS = "−"


def blank(canvas: Canvas, width: float, height: float) -> QImage:
    """Give a transparent image of a size in logical pixels."""
    size = (max(1, round(width * canvas.ratio)), max(1, round(height * canvas.ratio)))
    image = QImage(*size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    image.setDevicePixelRatio(canvas.ratio)
    return image


@contextmanager
def painting(image: QImage) -> Iterator[QPainter]:
    """Paint on an image with smooth lines and the small font of drawings."""
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(small_font())
    try:
        yield painter
    finally:
        painter.end()


def small_font() -> QFont:
    """Give the application's font, a little smaller, with digits of equal width."""
    font = QFont(QGuiApplication.font())
    pixels = font.pixelSize() if font.pixelSize() > 0 else 13
    font.setPixelSize(max(8, round(pixels * 0.88)))
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def number(value: float, digits: int = 4) -> str:
    """Write a number with so many significant digits and a true minus; "not a number" where it is none."""
    if not np.isfinite(value):
        return "not a number" if np.isnan(value) else ("∞" if value > 0 else f"{MINUS}∞")
    return f"{value:.{digits}g}".replace("-", MINUS)

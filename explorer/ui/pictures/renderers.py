"""Samples and decodes as images for the window: `explorer.rendering.render` makes drawings, Qt paints them here.

`small_font` and the alignments are those of all texts that widgets paint beside such images.
"""

from collections.abc import Sequence
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QGuiApplication, QImage, QPainter, QPen, QPolygonF

from explorer.data.dataset import Description
from explorer.rendering.drawing import Canvas, Drawing, FilledBox, Ink, Polyline, Raster, Shade, Words
from explorer.rendering.render import draw, resample, scaled
from explorer.ui.theme.theme import Theme

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
"""Alignments of a line of text in its box, for widgets that paint themselves."""


def small_font() -> QFont:
    """Return the application's font, 12 % smaller, with digits of equal width."""
    # A font set in points has a pixel size of -1.
    font = QFont(QGuiApplication.font())
    pixels = font.pixelSize() if font.pixelSize() > 0 else 13
    font.setPixelSize(max(8, round(pixels * 0.88)))
    # Tabular figures: numbers that change do not move their neighbours.
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def strong_font() -> QFont:
    """Return the small font in semi-bold."""
    font = small_font()
    font.setWeight(QFont.Weight.DemiBold)
    return font


FULL = 65_535  # full scale of a 16-bit channel
_SIDES = {
    "left": Qt.AlignmentFlag.AlignLeft,
    "right": Qt.AlignmentFlag.AlignRight,
    "middle": Qt.AlignmentFlag.AlignHCenter,
}


def render_sample(
    values: NDArray[Any],
    description: Description,
    theme: Theme,
    size: int,
    ratio: float = 1.0,
    *,
    over: NDArray[Any] | None = None,
    aspect: float = 1.0,
) -> QImage:
    """Return one sample or decode as an image.

    Parameters
    ----------
    values
        ``description.shape``, in the units of the samples.
    size
        Longest side in logical pixels; the aspect ratio is kept. With an ``aspect``, the height.
    ratio
        Device pixel ratio of the screen, which the image carries.
    over
        The real sample that ``values`` is a decode of: signals and named values show both, images ignore it.
    aspect
        Width / height of the room for terms, values and signals.
    """
    metrics = QFontMetricsF(small_font())
    side = max(1, size)
    canvas = Canvas(round(aspect * side), side, metrics.height(), metrics.horizontalAdvance)
    return paint(draw(values, description, canvas, over), theme, ratio)


def paint(drawing: Drawing, theme: Theme, ratio: float) -> QImage:
    """Paint a drawing on a transparent background; images have 16 bits per channel."""
    width, height = max(1, round(drawing.width * ratio)), max(1, round(drawing.height * ratio))
    # An image fills the whole drawing and needs no painter. 16 bits keep the precision of decodes.
    if drawing.marks and isinstance(drawing.marks[0], Raster):
        image = _to_image(np.rint(scaled(drawing.marks[0].shares, width, height).clip(0, 1) * FULL).astype(np.uint16))
        image.setDevicePixelRatio(ratio)
        return image
    image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    image.setDevicePixelRatio(ratio)
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small_font())
        for mark in drawing.marks:
            _paint_mark(mark, painter, theme)
    return image


def paint_alike(drawings: Sequence[Drawing], theme: Theme, ratio: float) -> list[QImage]:
    """Paint drawings as `paint` does; pictures of equal size are scaled together, which is several times faster."""
    rasters = [drawing.marks[0] for drawing in drawings if drawing.marks and isinstance(drawing.marks[0], Raster)]
    sizes = {(drawing.width, drawing.height) for drawing in drawings}
    if not drawings or len(rasters) < len(drawings) or len(sizes) > 1 or len({one.shares.shape for one in rasters}) > 1:
        return [paint(drawing, theme, ratio) for drawing in drawings]
    width, height = max(1, round(drawings[0].width * ratio)), max(1, round(drawings[0].height * ratio))
    shares = resample(resample(np.stack([one.shares for one in rasters]), height, 1), width, 2)
    images = [_to_image(pixels) for pixels in np.rint(shares.clip(0, 1) * FULL).astype(np.uint16)]
    for image in images:
        image.setDevicePixelRatio(ratio)
    return images


def fitted_box(image: QImage, area: QRectF) -> QRectF:
    """Return the largest box in the middle of an area with the image's aspect ratio."""
    size = image.deviceIndependentSize().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
    box = QRectF(QPointF(), size)
    box.moveCenter(area.center())
    return box


# Dispatch on the kind of mark: a new kind is one function, registered below.
@singledispatch
def _paint_mark(mark: object, painter: QPainter, theme: Theme) -> None:
    raise TypeError(f"{type(mark).__name__} is not a mark of a drawing")


@_paint_mark.register
def _(mark: Words, painter: QPainter, theme: Theme) -> None:
    metrics = QFontMetricsF(painter.font())
    # 2 pixels more, as italics and rounding would cut the last letter.
    width, height = metrics.horizontalAdvance(mark.text) + 2, metrics.height()
    left = {"left": mark.x, "right": mark.x - width, "middle": mark.x - width / 2}[mark.side]
    painter.setPen(_colour(mark.ink, theme))
    box = QRectF(left, mark.y - height / 2, width, height)
    painter.drawText(box, _SIDES[mark.side] | Qt.AlignmentFlag.AlignVCenter, mark.text)


@_paint_mark.register
def _(mark: Polyline, painter: QPainter, theme: Theme) -> None:
    colour = _colour(mark.ink, theme)
    colour.setAlphaF(mark.opacity)
    painter.setPen(QPen(colour, mark.width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.drawPolyline(QPolygonF([QPointF(*point) for point in mark.points.tolist()]))


@_paint_mark.register
def _(mark: FilledBox, painter: QPainter, theme: Theme) -> None:
    box = QRectF(mark.left, mark.top, mark.right - mark.left, mark.bottom - mark.top)
    painter.fillRect(box, _colour(mark.ink, theme))


@_paint_mark.register
def _(mark: Shade, painter: QPainter, theme: Theme) -> None:
    colour = _colour(mark.ink, theme)
    pixels = np.empty((*mark.clear.shape, 4), np.uint16)
    # 8 bits to 16 bits: 255 · 257 = 65,535.
    pixels[...] = np.array([colour.red(), colour.green(), colour.blue(), 0], np.uint16) * 257
    # Only alpha varies: a shade is one colour, more or less transparent.
    pixels[..., 3] = np.rint(mark.clear.clip(0, 1) * FULL)
    box = QRectF(mark.left, mark.top, mark.right - mark.left, mark.bottom - mark.top)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(box, _to_image(pixels))


def _colour(ink: Ink, theme: Theme) -> QColor:
    colours: dict[Ink, str] = {
        "text": theme.text, "muted": theme.muted, "line": theme.line, "accent": theme.accent, "track": theme.hover,
    }  # fmt: skip
    return QColor(colours[ink])


def _to_image(pixels: NDArray[np.uint16]) -> QImage:
    """Return ``(H, W, 1 | 3 | 4)`` pixels as an image that owns its memory."""
    height, width, count = pixels.shape
    if count == 1:
        # QImage refers to the array's memory, which must be contiguous, and would be freed: hence copy().
        grey = np.ascontiguousarray(pixels[..., 0])
        return QImage(grey.data, width, height, 2 * width, QImage.Format.Format_Grayscale16).copy()
    coloured = np.full((height, width, 4), FULL, np.uint16)
    coloured[..., :count] = pixels
    return QImage(coloured.data, width, height, 8 * width, QImage.Format.Format_RGBA64).copy()

"""Paints each kind of overlay part in the theme's colours; texts have boxes of the ground's colour to be legible."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPen, QPolygonF

from explorer.data.dataset import Description
from explorer.latent.plane import sampling
from explorer.latent.plane.overlay_parts import (
    Ink,
    Labels,
    LabelsAt,
    Lines,
    Part,
    Pictures,
    PointLabels,
    Regions,
    Shading,
)
from explorer.rendering.palette import class_colours
from explorer.ui.pictures.renderers import fitted_box, render_sample
from explorer.ui.plane.plot.plane_map import PlaneMap
from explorer.ui.plane.plot.ticks import HALO, draw_with_halo
from explorer.ui.theme.style_sheet import TEXT_PIXELS
from explorer.ui.theme.theme import Theme

MIN_PICTURE = 4
"""Minimum side of a picture, in pixels; smaller ones are not drawn."""
MAX_SCALED = 2.0
"""Maximum area of a cached scaled raster, in areas of the plane."""

AWAY, PAD = 5, 3
"""Distance from a point to its label, and padding around a text, in pixels at scale 1."""

DASHES, DASHES_AND_DOTS = [4.0, 4.0], [7.0, 3.0, 1.5, 3.0]
"""Dash patterns, in multiples of the line's width."""

Hurry = Callable[[], bool]


@dataclass
class Ready:
    """Prepared images of one part, kept until the part or the look changes.

    ``waits`` is True while pictures are still to be made; ``labels`` are those with room in the view ``view``.
    """

    image: QImage | None = None
    scaled: tuple[QSize, QImage] | None = None
    pictures: dict[int, QImage] = field(default_factory=dict)
    waits: bool = False
    view: Hashable = None
    labels: tuple[tuple[int, QRectF], ...] = ()


@dataclass(frozen=True)
class PaintStyle:
    """Settings for painting a part.

    Attributes
    ----------
    description
        The data set's description, for pictures of samples.
    area
        The plane's area, in pixels.
    in_time
        Returns whether this paint has time to prepare another image.
    front
        The row of the point whose picture is drawn last, above the others.
    emphasis
        Factor of the width of lines.
    """

    theme: Theme
    scale: float
    ratio: float
    description: Description
    area: QRectF
    in_time: Hurry
    front: int | None = None
    emphasis: float = 1.0


@singledispatch
def paint_part(part: Part, painter: QPainter, where: PlaneMap, style: PaintStyle, ready: Ready) -> None:
    """Paint one part."""
    raise TypeError(f"{type(part).__name__} is not a part of an overlay")


@paint_part.register
def _(part: Shading, painter: QPainter, where: PlaneMap, style: PaintStyle, ready: Ready) -> None:
    if ready.image is None:
        ink, alpha = _ink(part.ink, style.theme), part.opacities
        # One colour with varying opacity: points below stay visible.
        colour = np.array([ink.red(), ink.green(), ink.blue()], np.float64)
        ready.image = _image(np.broadcast_to(colour, (*alpha.shape, 3)), alpha)
    _paint_raster(painter, where.rect(part.box), style, ready)


@paint_part.register
def _(part: Regions, painter: QPainter, where: PlaneMap, style: PaintStyle, ready: Ready) -> None:
    if ready.image is None:
        known = (part.classes >= 0) & (part.classes < part.count)
        # The extra row is for cells without a class, which are transparent.
        colours = np.concatenate([class_colours(part.count, style.theme.dark), np.zeros((1, 3), np.uint8)])
        picked = colours[np.where(known, part.classes, part.count)]
        ready.image = _image(picked.astype(np.float64), np.where(known, part.opacity, 0.0))
    _paint_raster(painter, where.rect(part.box), style, ready)


@paint_part.register
def _(part: Pictures, painter: QPainter, where: PlaneMap, style: PaintStyle, ready: Ready) -> None:
    across, up = (style.scale, style.scale) if part.in_pixels else where.pixels_per_unit
    sizes, middles = part.sizes * (across, up), where.points(part.points)
    ready.waits = False
    painter.setOpacity(part.opacity)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    # Zoomed in, a decode is far larger than the plane: render it at the plane's size and let Qt enlarge it.
    max_side = max(style.area.width(), style.area.height())
    for number in _in_order(part, style.front):
        (x, y), (width, height) = middles[number].tolist(), sizes[number].tolist()
        cell = QRectF(x - width / 2, y - height / 2, width, height)
        # Skipped pictures are not made either: only visible ones cost time.
        if min(width, height) < MIN_PICTURE or not style.area.intersects(cell):
            continue
        image = _picture(part.samples[number], number, round(min(width, height, max_side)), style, ready)
        if image is None:
            ready.waits = True
        else:
            _paint_picture(painter, image, cell, _frame_of(part, number, style), style.scale)
    painter.setOpacity(1.0)


@paint_part.register
def _(part: Lines, painter: QPainter, where: PlaneMap, style: PaintStyle, ready: Ready) -> None:
    colour = _class_or_ink(part, style.theme)
    polygons = [where.polygon(line) for line in part.paths]
    if part.filled > 0:
        # One path for all polygons: holes of a region stay holes, by the odd-even rule.
        path = QPainterPath()
        for polygon in polygons:
            path.addPolygon(polygon)
        inside = QColor(colour)
        inside.setAlphaF(part.filled)
        painter.fillPath(path, inside)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if part.halo and part.opacity > 0:
        halo = QColor(style.theme.halo)
        halo.setAlphaF(0.7 * part.opacity)
        painter.setPen(QPen(halo, (part.width * style.emphasis + 1.5) * style.scale))
        _draw_lines(painter, polygons)
    if part.opacity > 0:
        painter.setPen(_pen(part, colour, style))
        _draw_lines(painter, polygons)
    if part.labels:
        _label_lines(part, painter, where, style)


@paint_part.register
def _(part: Labels, painter: QPainter, where: PlaneMap, style: PaintStyle, ready: Ready) -> None:
    colour = _class_or_ink(part, style.theme).name()
    painter.save()
    if part.bold:
        painter.setFont(_font(painter, 0, style, bold=True))
    for (x, y), text in zip(where.points(part.points).tolist(), part.texts, strict=True):
        draw_text_label(painter, QPointF(x, y), text, colour, style.theme, style.scale)
    painter.restore()


@paint_part.register
def _(part: PointLabels, painter: QPainter, where: PlaneMap, style: PaintStyle, ready: Ready) -> None:
    view = _view(where, style)
    if ready.view != view:  # computed once per view: a moving probe repaints the plane without moving labels
        ready.view = view
        ready.labels = tuple(labels_with_room(part, where.points(part.points), QFontMetricsF(painter.font()), style))
    ground, radius = QColor(style.theme.plane), PAD * style.scale
    # Translucent: points below a label stay visible.
    ground.setAlphaF(0.72)
    for number, box in ready.labels:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(box, radius, radius)
        muted = part.marked > 1 and number >= part.marked
        painter.setPen(QColor(style.theme.muted if muted else style.theme.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, part.texts[number])


def labels_with_room(
    part: PointLabels, pixels: NDArray[np.float64], metrics: QFontMetricsF, style: PaintStyle
) -> Iterator[tuple[int, QRectF]]:
    """Yield the index and box of each label that has room; ``pixels`` are the points, ``(n, 2)``."""
    area, pad = style.area, PAD * style.scale

    def size_of(number: int) -> tuple[float, float]:
        return metrics.horizontalAdvance(part.texts[number]) + 2 * pad, metrics.height()

    low, high = np.array([area.left(), area.top()]), np.array([area.right(), area.bottom()])
    for number, (left, top, right, bottom) in sampling.labels_with_room(pixels, size_of, low, high, AWAY * style.scale):
        yield number, QRectF(left, top, right - left, bottom - top)


def _view(where: PlaneMap, style: PaintStyle) -> Hashable:
    # Two points determine the map, so their pixels serve as its key.
    corners = where.points(np.array([[0.0, 0.0], [1.0, 1.0]]))
    area = style.area
    return (*corners.ravel().tolist(), area.x(), area.y(), area.width(), area.height(), style.scale)


def _pen(part: Lines, colour: QColor, style: PaintStyle) -> QPen:
    colour.setAlphaF(part.opacity)
    pen = QPen(colour, part.width * style.emphasis * style.scale)
    if part.dashed:
        pen.setDashPattern(DASHES)
    if part.dash_dotted:
        pen.setDashPattern(DASHES_AND_DOTS)
    return pen


def _label_lines(part: Lines, painter: QPainter, where: PlaneMap, style: PaintStyle) -> None:
    paths, colour = [where.points(path) for path in part.paths], _class_or_ink(part, style.theme).name()
    painter.save()
    painter.setFont(_font(painter, -2, style))
    draw_line_labels(painter, paths, part, style.area, colour, style.theme, style.scale)
    painter.restore()


def _font(painter: QPainter, larger: int, style: PaintStyle, *, bold: bool = False) -> QFont:
    """Return the painter's font, ``larger`` pixels above the window's text size at scale 1."""
    font = QFont(painter.font())
    font.setPixelSize(round((TEXT_PIXELS + larger) * style.scale))
    font.setBold(bold)
    return font


def _draw_lines(painter: QPainter, polygons: list[QPolygonF]) -> None:
    for polygon in polygons:  # individually: as one path, Qt would compute all their crossings
        if polygon.size() == 2 and polygon.first() == polygon.last():
            painter.drawPoint(polygon.first())  # Qt draws nothing for a line of length 0
        else:
            painter.drawPolyline(polygon)


def _ink(ink: Ink, theme: Theme) -> QColor:
    return QColor(getattr(theme, ink))


def _class_or_ink(part: Lines | Labels, theme: Theme) -> QColor:
    if part.group is None or not 0 <= part.group < part.count:
        return _ink(part.ink, theme)
    return QColor(*map(int, class_colours(part.count, theme.dark)[part.group]))


def _image(colours: NDArray[np.float64], alpha: NDArray[np.float64]) -> QImage:
    """Return an image of colours ``(rows, columns, 3)``, 0 to 255, with the first row at the bottom."""
    rows, columns = alpha.shape
    pixels = np.empty((rows, columns, 4), np.uint8)
    # Premultiplied, as Qt's fast formats are; rows are reversed, since latent units point up and pixels down.
    pixels[..., :3] = np.rint(colours * alpha[..., None])[::-1]
    pixels[..., 3] = np.rint(255 * alpha)[::-1]
    # copy(): the image must not refer to `pixels`, which ends here.
    return QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888_Premultiplied).copy()


def _paint_raster(painter: QPainter, box: QRectF, style: PaintStyle, ready: Ready) -> None:
    assert ready.image is not None
    size = QSize(round(box.width() * style.ratio), round(box.height() * style.ratio))
    room = MAX_SCALED * style.area.width() * style.area.height() * style.ratio**2
    # Zoomed far in, a scaled copy would take gigabytes; Qt then scales the visible part in each paint.
    if size.width() * size.height() > room or size.isEmpty():
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(box, ready.image)
        return
    # Smooth scaling is slow, but panning does not change the size.
    if ready.scaled is None or ready.scaled[0] != size:
        smooth = ready.image.scaled(
            size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        smooth.setDevicePixelRatio(style.ratio)
        ready.scaled = size, smooth
    painter.drawImage(box.topLeft(), ready.scaled[1])


def _in_order(part: Pictures, front: int | None) -> list[int]:
    order = list(range(len(part.points)))
    if part.rows is not None and front is not None:
        # Stable: all other pictures keep their order, so none flickers while hovering.
        order.sort(key=lambda number: part.rows is not None and part.rows[number] == front)
    return order


def _picture(sample: NDArray[Any], number: int, side: int, style: PaintStyle, ready: Ready) -> QImage | None:
    """Return one picture, at the size of its first paint; None if there is no time to make it now."""
    image = ready.pictures.get(number)
    if image is None and style.in_time():
        image = render_sample(sample, style.description, style.theme, side, style.ratio)
        # The screen's format; any other would be converted at each paint.
        image = ready.pictures[number] = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    return image


def _frame_of(part: Pictures, number: int, style: PaintStyle) -> QColor | None:
    if part.groups is None or not 0 <= part.groups[number] < part.count:
        return None
    return QColor(*map(int, class_colours(part.count, style.theme.dark)[part.groups[number]]))


def _paint_picture(painter: QPainter, image: QImage, cell: QRectF, frame: QColor | None, scale: float) -> None:
    box = fitted_box(image, cell)
    painter.drawImage(box, image)
    if frame is not None:
        painter.setPen(QPen(frame, 1.5 * scale))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)


EDGE = 14
"""Minimum distance of a line's label from the plane's edge, in pixels at scale 1."""


def text_label_size(painter: QPainter, text: str, scale: float) -> QSizeF:
    """Return the size of a label, in pixels."""
    size = QFontMetricsF(painter.font()).boundingRect(text).size()
    return QSizeF(size.width() + 6 * scale, size.height())


def draw_text_label(painter: QPainter, at: QPointF, text: str, colour: str, theme: Theme, scale: float) -> None:
    """Draw a label centred at a pixel."""
    box = QRectF(QPointF(), text_label_size(painter, text, scale))
    box.moveCenter(at)
    ground = QColor(theme.plane)
    ground.setAlphaF(0.8)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(box, 3 * scale, 3 * scale)
    painter.setPen(QColor(colour))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def draw_line_labels(
    painter: QPainter,
    paths: Sequence[NDArray[np.float64]],
    part: Lines,
    area: QRectF,
    colour: str,
    theme: Theme,
    scale: float,
) -> None:
    """Label the paths of a part, ``(k, 2)`` in pixels; omit labels that would cover a later one."""
    edge = EDGE * scale
    taken: list[QRectF] = []
    inner = area.adjusted(edge, edge, -edge, -edge)
    # From the last path: a later label takes precedence.
    for path, text in zip(reversed(paths), reversed(part.labels), strict=True):
        at = label_point(path, inner, part.labels_at)
        if at is None:
            continue
        box = QRectF(QPointF(), text_label_size(painter, text, scale))
        box.moveCenter(at)
        if not any(box.intersects(other) for other in taken):
            taken.append(box)
            base = box.bottomLeft() + QPointF(3 * scale, -QFontMetricsF(painter.font()).descent())
            draw_with_halo(painter, base, text, colour, theme.plane, HALO * scale)


def label_point(path: NDArray[np.float64], area: QRectF, at: LabelsAt = "top") -> QPointF | None:
    """Return the point of a line ``(k, 2)`` for its label within an area, in pixels; None if it is outside."""
    low, high = np.array([area.left(), area.top()]), np.array([area.right(), area.bottom()])
    found = sampling.label_point(path, low, high, at)
    return None if found is None else QPointF(*found.tolist())

"""Positions of pins, captions and handle in a widget: a regular polygon, fitted to its size. No widgets."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from explorer.latent.blends.polygon import corners, position_of

MARGIN = 10.0
"""Pixels at text scale 1 around the pictures."""
SHARES = (0.225, 0.225, 0.225, 0.225, 0.19, 0.18, 0.16, 0.15, 0.14)
"""Side of a picture as a share of the shorter side of the widget, by the number of pins."""
MIN_SIDE, MAX_SIDE = 26.0, 120.0
"""Limits of the side of a picture in pixels at text scale 1."""
MAX_STRETCH = 1.3
"""How much wider or higher than a regular polygon it may be, to fill its room."""
FEW = 4
"""Maximum number of pins with which the caption at the top has room for several lines."""
ABOVE, TOP = 0.3, 0.9
"""Heights in the unit polygon from which a caption is above its picture, and beside it for the one at the top."""


@dataclass(frozen=True)
class PolygonLayout:
    """The polygon in pixels.

    Attributes
    ----------
    pictures
        The square of each pin.
    captions
        The room of each pin's caption; of the pin at the top it is beside the picture, and has several lines if there
        are few pins.
    centre, scale
        The point (0, 0) of the unit polygon, and pixels per unit across and down.
    """

    pictures: tuple[QRectF, ...]
    captions: tuple[QRectF, ...]
    centre: QPointF
    scale: tuple[float, float]

    @property
    def corners(self) -> tuple[QPointF, ...]:
        """The corners, in the middle of the pictures."""
        return tuple(picture.center() for picture in self.pictures)

    def handle(self, weights: Sequence[float]) -> QPointF:
        """Return where the handle is for some weights."""
        return self.pixel(*position_of(weights))

    def pixel(self, x: float, y: float) -> QPointF:
        """Return the pixel of a point of the unit polygon."""
        return QPointF(self.centre.x() + x * self.scale[0], self.centre.y() - y * self.scale[1])

    def point(self, pixel: QPointF) -> tuple[float, float]:
        """Return the point of the unit polygon at a pixel."""
        across, down = self.scale
        return (
            (pixel.x() - self.centre.x()) / across if across else 0.0,
            (self.centre.y() - pixel.y()) / down if down else 0.0,
        )


def lay_out(count: int, width: float, height: float, line: float, scale: float) -> PolygonLayout:
    """Return the polygon of ``count`` pins in a widget of this size; ``line`` is the height of a line of text."""
    if count == 0:
        return PolygonLayout((), (), QPointF(), (0.0, 0.0))
    margin, shorter = MARGIN * scale, min(width, height)
    # At most half of the widget, or the pictures of two pins would cover each other.
    side = min(max(SHARES[count] * shorter, MIN_SIDE * scale), MAX_SIDE * scale, shorter / 2)
    unit = corners(count)
    # With few pins the one at the top has free room beside it; with more, its neighbours are there.
    several = count <= FEW
    above = any(y > ABOVE and not (several and y > TOP) for _, y in unit.tolist())
    top = margin + side / 2 + (line if above else 0)
    room = QRectF(
        margin + side / 2, top, max(1.0, width - 2 * margin - side), max(1.0, height - top - margin - side / 2 - line)
    )
    (left, low), (right, high) = unit.min(axis=0), unit.max(axis=0)
    across = room.width() / (right - left) if right > left else 0.0
    down = room.height() / (high - low) if high > low else across
    # Stretched a little to fill the room, but not more: it must still look regular.
    across, down = min(across, MAX_STRETCH * down) or across, min(down, MAX_STRETCH * across) or down
    middle = room.center()
    # A polygon with an odd number of corners is not centred on (0, 0). Pixels count downwards, hence the plus.
    centre = QPointF(middle.x() - across * (left + right) / 2, middle.y() + down * (low + high) / 2)
    pictures, captions = [], []
    for x, y in unit.tolist():
        picture = QRectF(0, 0, side, side)
        picture.moveCenter(QPointF(centre.x() + x * across, centre.y() - y * down))
        pictures.append(picture)
        captions.append(_caption(picture, y, line, width, scale, several=several))
    return PolygonLayout(tuple(pictures), tuple(captions), centre, (across, down))


def _caption(picture: QRectF, y: float, line: float, width: float, scale: float, *, several: bool) -> QRectF:
    """Return the room of a caption: beside the top picture of few, above those that are high, below the others."""
    gap = 3 * scale
    if several and y > TOP:
        left = picture.right() + 3 * gap
        return QRectF(left, picture.top(), max(0.0, width - left - gap), picture.height())
    # Wider than the picture, as far as the widget goes.
    wide = max(picture.width(), 6 * line)
    left = min(max(picture.center().x() - wide / 2, 0.0), max(0.0, width - wide))
    top = picture.top() - gap - line if y > ABOVE else picture.bottom() + gap
    return QRectF(left, top, wide, line)

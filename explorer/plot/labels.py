"""Texts on a plane that are left out if there is no room: labels of lines, and of points."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from explorer.latent.plane.label_room import highest_point, labels_with_room
from explorer.latent.plane.overlay_parts import Lines, PointLabels
from explorer.plot.figures import PlotStyle, pixels_per_unit, text_background, write
from explorer.plot.samples import text_width

EDGE = 14
"""Minimum distance of a line label from the edge, in pixels at scale 1."""
AWAY, PAD = 5, 3
"""Distance between a point and its label, and margin of a text, in pixels at scale 1."""
LINE_TEXT, POINT_TEXT = 11, 12
"""Height of line labels and point labels, in pixels at scale 1."""


class _Screen:
    """The linear map between latent units and pixels, which are counted from the upper left corner of axes."""

    def __init__(self, axes: Axes) -> None:
        (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
        self._corner = np.array([left, top])
        # Pixels are counted downwards, latent units upwards.
        self._scale = np.array(pixels_per_unit(axes)) * (1, -1)
        self.size = np.abs(np.array([right - left, top - bottom]) * self._scale)

    def pixels(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        pixels: NDArray[np.float64] = (points - self._corner) * self._scale
        return pixels

    def point(self, pixel: NDArray[np.float64]) -> tuple[float, float]:
        x, y = (self._corner + pixel / self._scale).tolist()
        return x, y


def draw_line_labels(axes: Axes, part: Lines, colour: object, style: PlotStyle, zorder: float) -> None:
    """Label lines at their highest points; leave out a label that a later one would cover."""
    screen, edge, size = _Screen(axes), EDGE * style.scale, LINE_TEXT * style.scale
    taken = np.empty((0, 2))
    # From the last line: the outer rings keep their labels when the plane is small.
    for path, text in zip(reversed(part.paths), reversed(part.labels), strict=True):
        at = highest_point(screen.pixels(path), np.full(2, edge), screen.size - edge)
        room = np.array([text_width(text, size) + 2 * PAD, 1.4 * size])
        if at is None or (np.abs(taken - at) < room).all(axis=1).any():
            continue
        taken = np.vstack([taken, at])
        write(
            axes, *screen.point(at), text, style, color=colour, fontsize=style.points(LINE_TEXT), ha="center",
            va="center", bbox=text_background(style), zorder=zorder,
        )  # fmt: skip


def draw_point_labels(axes: Axes, part: PointLabels, style: PlotStyle, zorder: float) -> None:
    """Write texts beside points, most important first, where they cover no other text."""
    screen, size = _Screen(axes), POINT_TEXT * style.scale

    def size_of(number: int) -> tuple[float, float]:
        return text_width(part.texts[number], size) + 2 * PAD * style.scale, 1.2 * size

    points = screen.pixels(np.asarray(part.places, np.float64))
    boxes = labels_with_room(points, size_of, np.zeros(2), screen.size, AWAY * style.scale)
    for number, (left, top, right, bottom) in boxes:
        middle = screen.point(np.array([(left + right) / 2, (top + bottom) / 2]))
        # Beside a selection the other labels step back; a single probed point keeps them in full colour.
        muted = part.marked > 1 and number >= part.marked
        write(
            axes, *middle, part.texts[number], style, color=style.theme.muted if muted else style.theme.text,
            fontsize=style.points(POINT_TEXT), ha="center", va="center", bbox=text_background(style, 0.72),
            zorder=zorder,
        )  # fmt: skip

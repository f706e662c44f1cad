"""Draw the parts of overlays on a figure as the window paints them. A new kind of part is one function here.

Labels of lines and of points are left out where there is no room, as in the window.
"""

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from numpy.typing import NDArray

from explorer.config import ConfigError
from explorer.data.dataset import Description
from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import Labels, Lines, Part, Pictures, PointLabels, Regions, Shading
from explorer.latent.plane.sampling import label_point, labels_with_room
from explorer.plot.figures import PlotStyle, pixels_per_unit, text_background, write
from explorer.plot.samples import add_image, draw_in_cell, text_width
from explorer.rendering.palette import class_colours

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
    """Label lines at their highest or lower right points; leave out a label that a later one would cover."""
    screen, edge, size = _Screen(axes), EDGE * style.scale, LINE_TEXT * style.scale
    taken = np.empty((0, 2))
    # From the last line: the outer rings keep their labels when the plane is small.
    for path, text in zip(reversed(part.paths), reversed(part.labels), strict=True):
        at = label_point(screen.pixels(path), np.full(2, edge), screen.size - edge, part.labels_at)
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

    points = screen.pixels(np.asarray(part.points, np.float64))
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


MIN_PICTURE = 4
"""Minimum side of a picture in pixels; smaller ones are not drawn."""
DASHES, DASHES_AND_DOTS = (4.0, 4.0), (7.0, 3.0, 1.5, 3.0)
"""Patterns of lines, as multiples of their width."""
HALO_WIDTH, HALO_OPACITY = 1.5, 0.7
"""Additional width of a halo, in pixels at scale 1, and its opacity."""


@dataclass(frozen=True)
class PartLook:
    """What a part is drawn with: the style, the description of the samples for pictures, and its zorder.

    Matplotlib draws artists of a higher zorder over those of a lower one.
    """

    style: PlotStyle
    description: Description
    zorder: float


@singledispatch
def draw_part(part: Part, axes: Axes, look: PartLook) -> None:
    """Draw one part of an overlay on axes whose limits are set.

    Raises
    ------
    ConfigError
        For a kind of part that figures do not show.
    """
    raise ConfigError(f"a figure cannot show {type(part).__name__.lower()}; save their numbers as .npz")


@draw_part.register
def _(part: Shading, axes: Axes, look: PartLook) -> None:
    pixels = np.empty((*np.shape(part.values), 4))
    pixels[..., :3] = to_rgb(ink_of(part.ink, look.style))
    pixels[..., 3] = part.opacities
    add_image(axes, pixels[::-1], part.box, zorder=look.zorder, smooth=True)


@draw_part.register
def _(part: Regions, axes: Axes, look: PartLook) -> None:
    known = (part.classes >= 0) & (part.classes < part.count)
    # Cells without a class get the background, fully transparent: smoothing must not blend in black.
    ground = np.rint(255 * np.array([to_rgb(look.style.theme.plane)]))
    colours = np.concatenate([class_colours(part.count, look.style.theme.dark), ground]) / 255
    pixels = np.empty((*part.classes.shape, 4))
    pixels[..., :3] = colours[np.where(known, part.classes, part.count)]
    pixels[..., 3] = np.where(known, part.opacity, 0.0)
    add_image(axes, pixels[::-1], part.box, zorder=look.zorder, smooth=True)


@draw_part.register
def _(part: Pictures, axes: Axes, look: PartLook) -> None:
    scale = np.array(pixels_per_unit(axes))
    sizes = part.sizes / scale if part.in_pixels else part.sizes
    visible = box_of(axes)
    for number, ((x, y), (width, height)) in enumerate(zip(part.points.tolist(), sizes.tolist(), strict=True)):
        cell = Box(x - width / 2, x + width / 2, y - height / 2, y + height / 2)
        pixels = (width * float(scale[0]), height * float(scale[1]))
        if min(pixels) >= MIN_PICTURE and _overlap(cell, visible):
            inner = draw_in_cell(
                axes, part.samples[number], look.description, cell, pixels, look.style,
                zorder=look.zorder, opacity=part.opacity,
            )  # fmt: skip
            _frame(part, number, inner, axes, look)


@draw_part.register
def _(part: Lines, axes: Axes, look: PartLook) -> None:
    colour, width = class_or_ink(part, look.style), look.style.points(part.width)
    paths = [path for path in part.paths if len(path) > 1]
    if not paths:
        return
    if part.filled > 0:
        # One compound path, so that overlapping paths of a part do not add up their opacity.
        inside = Path.make_compound_path(*(Path(path) for path in paths))
        axes.add_artist(PathPatch(inside, facecolor=colour, alpha=part.filled, linewidth=0, zorder=look.zorder))
    # The halo is a wider line below, so that the line stays visible over points of its own colour.
    if part.halo and part.opacity > 0:
        wide, opacity = width + look.style.points(HALO_WIDTH), HALO_OPACITY * part.opacity
        _add_lines(axes, paths, look, color=look.style.theme.halo, linewidth=wide, alpha=opacity)
    dashes = DASHES if part.dashed else DASHES_AND_DOTS if part.dash_dotted else None
    dashed = {} if dashes is None else {"linestyle": (0, dashes)}
    _add_lines(axes, paths, look, color=colour, linewidth=width, alpha=part.opacity, **dashed)
    if part.labels:
        draw_line_labels(axes, part, colour, look.style, look.zorder)


@draw_part.register
def _(part: Labels, axes: Axes, look: PartLook) -> None:
    colour, visible = class_or_ink(part, look.style), box_of(axes)
    seen = visible.contains(np.asarray(part.points, np.float64).reshape(-1, 2))
    for (x, y), text in zip(part.points[seen].tolist(), np.array(part.texts, object)[seen], strict=True):
        write(
            axes, x, y, text, look.style, color=colour, ha="center", va="center", bbox=text_background(look.style),
            zorder=look.zorder, clip_on=True, weight="bold" if part.bold else "normal",
        )  # fmt: skip


@draw_part.register
def _(part: PointLabels, axes: Axes, look: PartLook) -> None:
    draw_point_labels(axes, part, look.style, look.zorder)


def ink_of(ink: str, style: PlotStyle) -> str:
    """Return the colour of an ink in the theme."""
    return str(getattr(style.theme, ink))


def class_or_ink(part: Lines | Labels, style: PlotStyle) -> Any:
    """Return the colour of the class of a part, or of its ink if it has no class."""
    if part.group is None or not 0 <= part.group < part.count:
        return ink_of(part.ink, style)
    return style.class_colour(part.group, part.count)


def box_of(axes: Axes) -> Box:
    """Return the visible part of axes."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    return Box(left, right, bottom, top)


def _add_lines(axes: Axes, paths: list[NDArray[np.float64]], look: PartLook, **looks: Any) -> None:
    lines = LineCollection(paths, zorder=look.zorder, capstyle="butt", joinstyle="round", **looks)
    # Without autolim=False lines beyond the box would enlarge the limits of the axes.
    axes.add_collection(lines, autolim=False)


def _frame(part: Pictures, number: int, inner: Box, axes: Axes, look: PartLook) -> None:
    """Draw a frame in the colour of the class of a picture, if it has one."""
    if part.groups is None or not 0 <= part.groups[number] < part.count:
        return
    colour = look.style.class_colour(int(part.groups[number]), part.count)
    frame = Rectangle(
        (inner.left, inner.bottom), inner.width, inner.height, fill=False, edgecolor=colour,
        linewidth=look.style.points(1.5), zorder=look.zorder,
    )  # fmt: skip
    axes.add_artist(frame)


def _overlap(one: Box, other: Box) -> bool:
    across = one.left < other.right and one.right > other.left
    return across and one.bottom < other.top and one.top > other.bottom

"""The latent plane as a figure.

1. `new_plane` makes a figure of a size. Above the plane are title and legend, below it the key of the overlays.
2. `draw_plane` sets the limits and the axes, and draws the overlays of each level, the points, the marks and the notes.
   The zorder of each decides what covers what: `LEVELS` for overlays, 2 for the points.
3. `explorer.plot.parts.draw_part` draws the parts of overlays, with one function for each kind of part.
4. `draw_notes` writes the texts of overlays in the upper left corner, and the scales of shadings in the lower right.
5. `explorer.plot.legend` says what the colours and the lines mean, `explorer.plot.legend` draws the user's marks.
"""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import Level, Shading, Strips
from explorer.plot.contents import PlaneContents
from explorer.plot.figures import (
    PIXELS_PER_INCH,
    TEXT_PIXELS,
    PlotStyle,
    add_axes,
    as_written,
    name_upward_axis,
    new_figure,
    pixels_per_unit,
    style_for,
    text_background,
    write,
)
from explorer.plot.legend import (
    at_most,
    draw_marks,
    draw_scale_beside,
    entries_of,
    key_lines,
    legend_look,
    legend_of,
    write_as_is,
)
from explorer.plot.parts import PartLook, box_of, draw_part, ink_of
from explorer.plot.samples import add_image
from explorer.plot.strips import strip_sizes
from explorer.rendering.drawing import number
from explorer.rendering.palette import NO_CLASS, class_colours, continuous_colours

SMALL = 11
"""Height of the text, in pixels at scale 1."""
EDGE, BAR = 8, 90
"""Distance from the edges, and length of a scale, in pixels at scale 1."""
MAX_LINES = 6
NOTES = 7.0
"""The zorder of notes, above everything else."""
MIN_PIXELS = 180
"""Minimum side of a plane with notes, in pixels."""


def draw_notes(
    axes: Axes, texts: Sequence[str], scales: Sequence[Shading], style: PlotStyle, base: float = 0.0
) -> None:
    """Write the texts of overlays, and draw the scales of shadings above ``base``, a share of the height."""
    area, (across, up) = box_of(axes), pixels_per_unit(axes)
    width, height = across * area.width, up * area.height
    if min(width, height) < MIN_PIXELS:
        return
    # The mean width of a letter is about 0.56 of its height; exact widths are not worth measuring here.
    letters = int((width - 2 * EDGE) / (0.56 * SMALL * style.scale))
    lines = [part for line in texts for part in textwrap.wrap(line, max(letters, 20))]
    if lines:
        shown = lines if len(lines) <= MAX_LINES else [*lines[: MAX_LINES - 1], "…"]
        corner = EDGE * style.scale / width, 1 - EDGE * style.scale / height
        _write_small(axes, *corner, "\n".join(shown), style, va="top", linespacing=1.25, bbox=text_background(style))
    for index, shading in enumerate(scales):
        bottom = base * height / style.scale + EDGE + index * 3.2 * SMALL
        _draw_scale(axes, shading, bottom, (width, height), style)


def _draw_scale(axes: Axes, shading: Shading, bottom: float, size: tuple[float, float], style: PlotStyle) -> None:
    """Draw a bar from transparent to opaque ink, with the numbers at its ends and their name above it."""
    (width, height), area = (side / style.scale for side in size), box_of(axes)
    right = width - EDGE
    low, high = number(shading.span[0], 3), f"{number(shading.span[1], 3)} {shading.unit}".strip()
    ends = [0.6 * SMALL * len(end) + 4 for end in (low, high)]
    wide = max(ends[0] + BAR + ends[1], 0.6 * SMALL * len(shading.name))
    ground = Rectangle(
        ((right - wide - 4) / width, (bottom - 4) / height), (wide + 8) / width, (2.6 * SMALL + 8) / height,
        transform=axes.transAxes, facecolor=style.theme.plane, alpha=0.85, linewidth=0, zorder=NOTES,
    )  # fmt: skip
    # The points show through a bar of varying opacity, so it needs a background.
    axes.add_artist(ground)
    start, end, middle = right - ends[1] - BAR, right - ends[1], bottom + 0.5 * SMALL
    box = Box(
        area.left + start / width * area.width, area.left + end / width * area.width,
        area.bottom + bottom / height * area.height, area.bottom + (bottom + 0.9 * SMALL) / height * area.height,
    )  # fmt: skip
    ramp = np.empty((1, 64, 4))
    ramp[..., :3] = to_rgb(ink_of(shading.ink, style))
    ramp[..., 3] = np.linspace(0, shading.opacity, 64)
    add_image(axes, ramp, box, zorder=NOTES + 0.1)
    frame = Rectangle(
        (box.left, box.bottom), box.width, box.height, fill=False, edgecolor=style.theme.edge,
        linewidth=style.points(1), zorder=NOTES + 0.2,
    )  # fmt: skip
    axes.add_artist(frame)
    _write_small(axes, (start - 4) / width, middle / height, low, style, va="center", ha="right")
    _write_small(axes, (end + 4) / width, middle / height, high, style, va="center")
    _write_small(axes, right / width, (bottom + 1.9 * SMALL) / height, shading.name, style, va="center", ha="right")


def _write_small(axes: Axes, x: float, y: float, text: str, style: PlotStyle, **looks: object) -> None:
    looks = {"transform": axes.transAxes, "fontsize": style.points(SMALL), "zorder": NOTES + 0.2} | looks
    write(axes, x, y, text, style, **looks)


RADIUS, OPACITY = 2.2, 0.75
"""Radius of a point in pixels at scale 1, smaller for many thousand points, and its opacity."""
CROWD, MANY = 20_000, 2_000
"""More than `CROWD` points are drawn smaller; more than `MANY` are an image in SVG and PDF, to keep the files small."""
MIN_LEGEND = 300
"""Minimum width of a figure with a legend and a key, in pixels."""
LEFT, RIGHT, FOOT, TITLE, ROW, NAME = 3.6, 1.0, 3.4, 1.9, 1.5, 1.0
"""Margins of the plane, in heights of text: left, right, below, per line of the title, per row of legend and key, and
for the name of the vertical axis."""
FLATTEST, STEEPEST = 0.4, 2.5
"""Limits of the ratio of height to width of a plane that is not fitted into a square."""
LEVELS: dict[Level, float] = {"under": 1.0, "over": 3.0, "above": 4.0, "edge": 5.0}
"""The zorder of overlays by level; that of the points is 2."""


def new_plane(
    contents: PlaneContents, size: int, *, dark: bool = False, legend: bool = True, square: bool = True
) -> Figure:
    """Return a figure with the plane of a run, ``size`` pixels wide.

    It is as high as it is wide, or, if not ``square``, as high as the visible part of the plane needs.
    """
    style = style_for(size, dark=dark)
    em, labelled = TEXT_PIXELS * style.scale, legend and size >= MIN_LEGEND
    width = size - (LEFT + RIGHT) * em
    head, keys = _title_lines(contents, width, style), key_lines(contents, width, style) if labelled else []
    shown = legend_of(contents, size, style) if labelled else None
    top = (TITLE * len(head) + ROW * (shown.rows if shown is not None else 0) + NAME) * em
    foot = (FOOT + ROW * len(keys)) * em
    ratio = 1.0 if contents.is_strips else contents.box.height / contents.box.width
    tall = float(size) if square else top + foot + width * min(max(ratio, FLATTEST), STEEPEST)
    figure = new_figure(size, tall, style)
    side = min(width, tall - top - foot) if square else width
    left = LEFT * em + (width - side) / 2
    axes = add_axes(figure, left, top, side, side if square else tall - top - foot, style)
    draw_plane(axes, contents, style)
    _write_title(figure, head, left, style)
    if shown is not None:
        shown.draw(figure, left, (TITLE * len(head) - 0.1) * em, style)
    for number_of_line, line in enumerate(reversed(keys)):
        up = (0.7 + ROW * number_of_line) * em / tall
        key = figure.text(left / size, up, line, fontsize=style.text, color=style.theme.muted, va="bottom")
        as_written(key)
    return figure


def draw_plane(axes: Axes, contents: PlaneContents, style: PlotStyle) -> None:
    """Draw the plane of a run on axes: its points, its overlays and their notes."""
    draw_axes(axes, contents, style)
    _count_beyond(axes, contents)
    for level in LEVELS:
        _draw_layers(axes, contents, level, style)
    drawn = draw_points(axes, contents.points, point_colours(contents, dark=style.theme.dark), style)
    _set_looks(drawn, contents)
    draw_marks(axes, contents.marks, style)
    texts = [layer.result.words for layer in contents.layers if layer.result.words]
    scales = [part for layer in contents.layers for part in layer.result.parts if isinstance(part, Shading)]
    edges = [part for layer in contents.layers for part in layer.result.parts if isinstance(part, Strips)]
    # The scales of shadings start above the strip along the lower edge.
    base = max((strip_sizes(part, axes, style)[1] for part in edges), default=0.0)
    draw_notes(axes, texts, [scale for scale in scales if scale.name], style, base)


def draw_points(
    axes: Axes, points: NDArray[np.float64], colours: NDArray[np.uint8], style: PlotStyle
) -> PathCollection:
    """Draw points ``(n, 2)`` in their colours ``(n, 3)``, in random order, so that no class hides another."""
    order = drawing_order(points)
    return axes.scatter(
        points[order, 0], points[order, 1], s=_area(len(order), style), c=colours[order] / 255, alpha=OPACITY,
        linewidths=0, zorder=2, rasterized=len(order) > MANY,
    )  # fmt: skip


def drawing_order(points: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the rows of the points ``(n, 2)`` in the order of drawing; those that are not finite are left out."""
    # A fixed seed, as equal planes must give equal files.
    order = np.random.default_rng(0).permutation(len(points))
    return order[np.isfinite(points[order]).all(axis=1)]


def point_colours(contents: PlaneContents, *, dark: bool) -> NDArray[np.uint8]:
    """Return the colour of each point, ``(n, 3)``, by group or value; grey if unknown, one colour without either."""
    meaning = contents.point_colours
    if meaning.values is not None:
        low, high = meaning.span
        return continuous_colours((meaning.values - low) / ((high - low) or 1.0), dark)
    count = len(meaning.names)
    if meaning.groups is None or not count:
        return np.repeat(class_colours(1, dark), len(contents.points), axis=0)
    colours = np.concatenate([class_colours(count, dark), np.array([NO_CLASS[dark]], np.uint8)])
    return colours[np.where((meaning.groups >= 0) & (meaning.groups < count), meaning.groups, count)]


def draw_legend(axes: Axes, contents: PlaneContents, style: PlotStyle) -> None:
    """Draw what the colours mean at the right of the caller's axes: the classes, or a colour scale."""
    meaning = contents.point_colours
    if meaning.values is not None:
        draw_scale_beside(axes, meaning, style)
    elif entries := entries_of(meaning, style):
        legend = axes.legend(
            handles=at_most(entries, 24), loc="upper left", bbox_to_anchor=(1.01, 1.0), **legend_look(style)
        )
        write_as_is(legend, style)


def _draw_layers(axes: Axes, contents: PlaneContents, level: Level, style: PlotStyle) -> None:
    chosen = [layer for layer in contents.layers if layer.level == level]
    for index, layer in enumerate(chosen):
        for part in layer.result.parts:
            # Overlays of one level keep their order by a fraction that stays below the next level.
            look = PartLook(style, contents.description, LEVELS[level] + 0.9 * index / len(chosen))
            draw_part(part, axes, look)


def _area(count: int, style: PlotStyle) -> float:
    """Return the area of a point in square typographic points, as `Axes.scatter` expects it."""
    crowded = float(min(1.0, (CROWD / max(count, 1)) ** 0.25))
    return (2 * style.points(RADIUS) * crowded) ** 2


def draw_axes(axes: Axes, contents: PlaneContents, style: PlotStyle) -> None:
    """Set the limits, the common scale, the names and the ticks of both axes."""
    box = contents.box
    axes.set(xlim=(box.left, box.right), ylim=(box.bottom, box.top), autoscale_on=False)
    axes.set_aspect("auto" if contents.is_strips else "equal", adjustable="box")
    axes.set_xlabel(contents.axis_titles[0])
    name_upward_axis(axes, contents.axis_titles[1], style)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(FuncFormatter(_tick_text))
    if contents.is_strips and contents.class_names:
        names = contents.class_names
        axes.set_yticks(range(len(names)), [name if len(name) <= 9 else f"{name[:8]}…" for name in names])
        # set_yticks extends the limits to contain all ticks; set them back.
        axes.set_ylim(box.bottom, box.top)
        _thin_out(axes, style)
    elif contents.is_strips:
        axes.set_yticks([])
    for label in (axes.xaxis.label, *axes.get_yticklabels()):
        as_written(label)


def _count_beyond(axes: Axes, contents: PlaneContents) -> None:
    """Write how many points are beyond the edge, beside the name of the first axis."""
    beyond = contents.box.count_outside(contents.points)
    if beyond:
        points = "point" if beyond == 1 else "points"
        axes.set_xlabel(f"{contents.axis_titles[0]}  ·  {beyond:,} {points} beyond the edge")


def _thin_out(axes: Axes, style: PlotStyle) -> None:
    """Show only every second, third, … name of the strips if they would overlap."""
    room = pixels_per_unit(axes)[1] / style.scale
    step = max(1, int(np.ceil(TEXT_PIXELS / max(room, 1e-6))))
    for index, label in enumerate(axes.get_yticklabels()):
        label.set_visible(index % step == 0)


def _tick_text(value: float, _: object = None) -> str:
    return number(value, 5)


def _title_lines(contents: PlaneContents, width: float, style: PlotStyle) -> list[tuple[str, str]]:
    """Return title and subtitle as lines of a bold left and a muted right text: one line if both fit, else two."""
    # Bold letters are about 0.66 heights wide, others 0.8 of that.
    letters = int(width / (0.66 * TEXT_PIXELS * style.scale))
    name = contents.title
    if len(name) > letters:  # names of runs often differ in their last characters
        name = f"{name[: letters // 2 - 1]}…{name[len(name) - letters // 2 :]}"
    if not contents.subtitle or len(name) + 0.8 * len(contents.subtitle) + 2 < letters:
        return [(name, contents.subtitle)]
    return [(name, ""), ("", textwrap.shorten(contents.subtitle, max(int(1.2 * letters), 12), placeholder=" …"))]


def _write_title(figure: Figure, lines: list[tuple[str, str]], left: float, style: PlotStyle) -> None:
    """Write the lines of the title from the upper edge, their left texts flush with the plane."""
    width, height = figure.get_size_inches() * PIXELS_PER_INCH
    em = TEXT_PIXELS * style.scale
    for index, (name, said) in enumerate(lines):
        looks: dict[str, Any] = {"fontsize": style.text, "va": "top"}
        up = 1 - (0.5 + (TITLE - 0.3) * index) * em / height
        bold = figure.text(left / width, up, name, color=style.theme.text, weight="bold", **looks)
        # A subtitle without a name beside it begins where the name does.
        at, side = (left / width, "left") if not name else (1 - RIGHT * em / width, "right")
        as_written(bold)
        as_written(figure.text(at, up, said, color=style.theme.muted, ha=side, **looks))


def _set_looks(drawn: PathCollection, contents: PlaneContents) -> None:
    """Apply the factors on the size and opacity of the points, which are drawn in the order of `draw_points`."""
    drawn.set_sizes(drawn.get_sizes() * contents.point_size**2)
    opacity = np.full(len(contents.points), min(1.0, OPACITY * contents.point_opacity))
    if contents.emphasis is not None:
        opacity *= contents.emphasis
    if contents.point_opacity != 1 or contents.emphasis is not None:
        drawn.set_alpha(opacity[drawing_order(contents.points)].tolist())

"""The latent plane as a figure.

1. `new_plane` makes a figure of a size. The plane is a square below the title and the legend.
2. `draw_plane` sets the limits and the axes, and draws the overlays of each level, the points, the marked points and
   the notes. The zorder of each decides what covers what: `LEVELS` for overlays, 2 for the points.
3. `explorer.plot.parts.draw_part` draws the parts of overlays, with one function for each kind of part.
4. `draw_notes` writes the texts of overlays in the upper left corner, and the scales of shadings in the lower right.
"""

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import Level, Shading, Strips
from explorer.plot.contents import PlaneContents
from explorer.plot.figures import (
    TEXT_PIXELS,
    PlotStyle,
    add_axes,
    as_written,
    name_upward_axis,
    new_figure,
    pixels_per_unit,
    row_by_row,
    style_for,
    text_background,
    write,
)
from explorer.plot.parts import PartLook, box_of, draw_part, ink_of
from explorer.plot.samples import add_image
from explorer.plot.strips import strip_sizes
from explorer.rendering.drawing import number
from explorer.rendering.palette import NO_CLASS, class_colours

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
"""Minimum side of a figure with a legend, in pixels."""
MAX_ROWS, MAX_NAME = 4, 18
"""Maximum rows of the legend, and letters of a class name in it; the number of the other classes is stated."""
LEFT, RIGHT, FOOT, TITLE, ROW, NAME = 3.6, 1.0, 3.4, 1.9, 1.5, 1.0
"""Margins of the plane, in heights of text: left, right, below, for the title, per row of the legend, and for the name
of the vertical axis."""
LEVELS: dict[Level, float] = {"under": 1.0, "over": 3.0, "above": 4.0, "edge": 5.0}
"""The zorder of overlays by level; that of the points is 2."""
MARKED = 6.0
"""The zorder of marked points, above all overlays."""


def new_plane(contents: PlaneContents, size: int, *, dark: bool = False, legend: bool = True) -> Figure:
    """Return a figure of ``size`` × ``size`` pixels with the plane of a run."""
    style = style_for(size, dark=dark)
    figure, em = new_figure(size, size, style), TEXT_PIXELS * style.scale
    entries = _entries(contents, style) if legend and size >= MIN_LEGEND else []
    columns = _columns([entry.get_label() for entry in entries], size, style)
    entries = _at_most(entries, columns * MAX_ROWS)
    top = (TITLE + ROW * -(-len(entries) // columns) + NAME) * em
    side = min(size - (LEFT + RIGHT) * em, size - top - FOOT * em)
    left = LEFT * em + (size - (LEFT + RIGHT) * em - side) / 2
    axes = add_axes(figure, left, top, side, side, style)
    draw_plane(axes, contents, style)
    _write_title(figure, contents, left / size, style)
    if entries:
        # Shares of the figure, counted from below.
        below_title = 1 - (TITLE - 0.3) * em / size
        written = figure.legend(
            handles=row_by_row(entries, columns), loc="upper center", bbox_to_anchor=(0.5, below_title),
            ncols=columns, borderpad=0.0, borderaxespad=0.0, **_legend_look(style),
        )  # fmt: skip
        _write_as_is(written)
    return figure


def draw_plane(axes: Axes, contents: PlaneContents, style: PlotStyle) -> None:
    """Draw the plane of a run on axes: its points, its overlays and their notes."""
    draw_axes(axes, contents, style)
    _count_beyond(axes, contents)
    for level in LEVELS:
        _draw_layers(axes, contents, level, style)
    draw_points(axes, contents.points, point_colours(contents, dark=style.theme.dark), style)
    if contents.marked is not None and len(contents.marked):
        _draw_marked(axes, contents.marked, style)
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
    # A fixed seed, as equal planes must give equal files.
    order = np.random.default_rng(0).permutation(len(points))
    order = order[np.isfinite(points[order]).all(axis=1)]
    return axes.scatter(
        points[order, 0], points[order, 1], s=_area(len(order), style), c=colours[order] / 255, alpha=OPACITY,
        linewidths=0, zorder=2, rasterized=len(order) > MANY,
    )  # fmt: skip


def point_colours(contents: PlaneContents, *, dark: bool) -> NDArray[np.uint8]:
    """Return the colour of each point, ``(n, 3)``: that of its class, grey if unknown, one colour without classes."""
    count = len(contents.class_names)
    if contents.labels is None or not count:
        return np.repeat(class_colours(1, dark), len(contents.points), axis=0)
    colours = np.concatenate([class_colours(count, dark), np.array([NO_CLASS[dark]], np.uint8)])
    return colours[np.where((contents.labels >= 0) & (contents.labels < count), contents.labels, count)]


def draw_legend(axes: Axes, contents: PlaneContents, style: PlotStyle) -> None:
    """Draw a legend of the classes with their numbers of samples, at the right of axes."""
    entries = _entries(contents, style)
    if entries:
        legend = axes.legend(
            handles=_at_most(entries, 24), loc="upper left", bbox_to_anchor=(1.01, 1.0), **_legend_look(style)
        )
        _write_as_is(legend)


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


def _draw_marked(axes: Axes, points: NDArray[np.float64], style: PlotStyle) -> None:
    """Draw rings around points, with a thin contrasting halo."""
    # The wider ring of the halo first, so that the ring covers its middle.
    for width, colour in ((3.4, style.theme.halo), (1.6, style.theme.probe)):
        axes.scatter(
            points[:, 0], points[:, 1], s=(2 * style.points(5)) ** 2, facecolors="none", edgecolors=colour,
            linewidths=style.points(width), zorder=MARKED,
        )  # fmt: skip


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


def _write_title(figure: Figure, contents: PlaneContents, left: float, style: PlotStyle) -> None:
    """Write title and subtitle in one line; leave out the subtitle if there is no room."""
    width = figure.get_size_inches()[0]
    up = 1 - 0.5 * style.points(TEXT_PIXELS) / 72 / figure.get_size_inches()[1]
    name = figure.text(left, up, contents.title, fontsize=style.text, color=style.theme.text, va="top", weight="bold")
    as_written(name)
    # Bold letters are about 0.66 heights wide, others 0.8 of that; both in inches.
    wide = 0.66 * style.text / 72 * (len(contents.title) + 0.8 * len(contents.subtitle))
    if contents.subtitle and wide < width * (1 - left):
        right = 1 - RIGHT * style.points(TEXT_PIXELS) / 72 / width
        said = figure.text(right, up, contents.subtitle, fontsize=style.text, color=style.theme.muted, va="top")
        as_written(said).set_horizontalalignment("right")


def _entries(contents: PlaneContents, style: PlotStyle) -> list[Line2D]:
    """Return a legend entry for each class, with its name and the number of its points."""
    names, labels = contents.class_names, contents.labels
    if labels is None or not names:
        return []
    # Unknown labels are counted in one more bin, after the last class.
    counts = np.bincount(np.where((labels >= 0) & (labels < len(names)), labels, len(names)), minlength=len(names) + 1)
    entries = [
        _dot(f"{_cut(name)} {count:,}", style.class_colour(index, len(names)), style)
        for index, (name, count) in enumerate(zip(names, counts[:-1].tolist(), strict=True))
    ]
    red, green, blue = (channel / 255 for channel in NO_CLASS[style.theme.dark])
    return [*entries, _dot(f"unknown {counts[-1]:,}", (red, green, blue), style)] if counts[-1] else entries


def _cut(name: str) -> str:
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1].rstrip()}…"


def _dot(label: str, colour: tuple[float, float, float], style: PlotStyle) -> Line2D:
    size = style.points(2.4 * RADIUS)
    return Line2D([], [], linestyle="", marker="o", markersize=size, markeredgewidth=0, color=colour, label=label)


def _at_most(entries: list[Line2D], most: int) -> list[Line2D]:
    """Return at most ``most`` entries; the last one states how many classes are left out."""
    if len(entries) <= most:
        return entries
    left_out = len(entries) - most + 1
    return [*entries[: most - 1], Line2D([], [], linestyle="", label=f"and {left_out:,} more classes")]


def _columns(labels: Sequence[object], size: float, style: PlotStyle) -> int:
    """Return the number of legend entries per row."""
    longest = max((len(str(label)) for label in labels), default=1)
    fitting = int((size / style.scale - TEXT_PIXELS) / ((0.6 * longest + 2.4) * TEXT_PIXELS))
    return max(1, min(fitting, len(labels) or 1))


def _legend_look(style: PlotStyle) -> dict[str, object]:
    return {
        "fontsize": style.text, "labelcolor": style.theme.text, "frameon": False, "handletextpad": 0.1,
        "columnspacing": 0.8, "labelspacing": 0.3, "handlelength": 1.2,
    }  # fmt: skip


def _write_as_is(legend: Legend) -> None:
    for text in legend.get_texts():
        as_written(text)

"""The latent plane as a figure.

1. `new_plane` makes a figure of a size: the plane is a square between its axes, below its title and its legend.
2. `draw_plane` sets the limits and the axes, then draws from the lowest to the highest: overlays under the points, the
   points, overlays over them, overlays at the edges, the marked points, and what is said of all of it.
3. `explorer.plot.parts` draws the parts of overlays, one function for each kind.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from explorer.latent.plane.overlay_parts import Shading, Strips
from explorer.plot.contents import Level, PlaneContents
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
)
from explorer.plot.notes import draw_notes
from explorer.plot.parts import PartLook, draw_part
from explorer.plot.strips import strip_sizes
from explorer.rendering.drawing import number
from explorer.rendering.palette import NO_CLASS, class_colours

RADIUS, OPACITY = 2.2, 0.75
"""Of a point, in pixels at scale 1; of many thousand points it is smaller."""
CROWD, MANY = 20_000, 2_000
"""More points than these are drawn smaller; more than those are pixels in SVG and PDF, so that the files stay small."""
MIN_LEGEND = 300
"""A smaller figure, in pixels, has no room for a legend."""
MAX_ROWS, MAX_NAME = 4, 18
"""Rows of the legend, and letters of a class's name in it; classes that have no room are counted."""
LEFT, RIGHT, FOOT, TITLE, ROW, NAME = 3.6, 1.0, 3.4, 1.9, 1.5, 1.0
"""Room around the plane, in heights of text: beside it, below it, for its title, for each row of its legend, and for
the name of its vertical axis."""
LEVELS: dict[Level, float] = {"under": 1.0, "over": 3.0, "above": 4.0, "edge": 5.0}
"""What matplotlib calls zorder; the points' is 2."""
MARKED = 6.0


def new_plane(contents: PlaneContents, size: int, *, dark: bool = False, legend: bool = True) -> Figure:
    """Return a figure ``size`` pixels wide and high with a run's plane."""
    style = style_for(size, dark=dark)
    figure, em = new_figure(size, size, style), TEXT_PIXELS * style.scale
    entries = _entries(contents, style) if legend and size >= MIN_LEGEND else []
    columns = _columns([entry.get_label() for entry in entries], size, style)
    entries = _as_fit(entries, columns * MAX_ROWS)
    top = (TITLE + ROW * -(-len(entries) // columns) + NAME) * em
    side = min(size - (LEFT + RIGHT) * em, size - top - FOOT * em)
    left = LEFT * em + (size - (LEFT + RIGHT) * em - side) / 2
    axes = add_axes(figure, left, top, side, side, style)
    draw_plane(axes, contents, style)
    _write_title(figure, contents, left / size, style)
    if entries:
        below_title = 1 - (TITLE - 0.3) * em / size
        written = figure.legend(
            handles=row_by_row(entries, columns), loc="upper center", bbox_to_anchor=(0.5, below_title),
            ncols=columns, borderpad=0.0, borderaxespad=0.0, **_legend_look(style),
        )  # fmt: skip
        _write_plainly(written)
    return figure


def draw_plane(axes: Axes, contents: PlaneContents, style: PlotStyle) -> None:
    """Draw a run's plane on axes: its points, its overlays, and what is said of them."""
    draw_axes(axes, contents, style)
    _count_beyond(axes, contents)
    for level in LEVELS:
        _draw_layers(axes, contents, level, style)
    draw_points(axes, contents.points, point_colours(contents, dark=style.theme.dark), style)
    if contents.marked is not None and len(contents.marked):
        _draw_marked(axes, contents.marked, style)
    words = [layer.result.words for layer in contents.layers if layer.result.words]
    scales = [part for layer in contents.layers for part in layer.result.parts if isinstance(part, Shading)]
    edges = [part for layer in contents.layers for part in layer.result.parts if isinstance(part, Strips)]
    base = max((strip_sizes(part, axes, style)[1] for part in edges), default=0.0)
    draw_notes(axes, words, [scale for scale in scales if scale.name], style, base)


def draw_points(
    axes: Axes, points: NDArray[np.float64], colours: NDArray[np.uint8], style: PlotStyle
) -> PathCollection:
    """Draw points ``(n, 2)`` in their colours ``(n, 3)``, in an order of chance, so that no class hides another."""
    order = np.random.default_rng(0).permutation(len(points))
    order = order[np.isfinite(points[order]).all(axis=1)]
    return axes.scatter(
        points[order, 0], points[order, 1], s=_area(len(order), style), c=colours[order] / 255, alpha=OPACITY,
        linewidths=0, zorder=2, rasterized=len(order) > MANY,
    )  # fmt: skip


def point_colours(contents: PlaneContents, *, dark: bool) -> NDArray[np.uint8]:
    """Return the colour ``(n, 3)`` of each point: its class's, grey where that is unknown, one where there are none."""
    count = len(contents.class_names)
    if contents.labels is None or not count:
        return np.repeat(class_colours(1, dark), len(contents.points), axis=0)
    colours = np.concatenate([class_colours(count, dark), np.array([NO_CLASS[dark]], np.uint8)])
    return colours[np.where((contents.labels >= 0) & (contents.labels < count), contents.labels, count)]


def draw_legend(axes: Axes, contents: PlaneContents, style: PlotStyle) -> None:
    """Draw the classes with their counts at the right of axes."""
    entries = _entries(contents, style)
    if entries:
        legend = axes.legend(
            handles=_as_fit(entries, 24), loc="upper left", bbox_to_anchor=(1.01, 1.0), **_legend_look(style)
        )
        _write_plainly(legend)


def _draw_layers(axes: Axes, contents: PlaneContents, level: Level, style: PlotStyle) -> None:
    chosen = [layer for layer in contents.layers if layer.level == level]
    for index, layer in enumerate(chosen):
        for part in layer.result.parts:
            look = PartLook(style, contents.description, LEVELS[level] + 0.9 * index / len(chosen))
            draw_part(part, axes, look)


def _area(count: int, style: PlotStyle) -> float:
    """Return the area of a point in square typographic points."""
    crowded = float(min(1.0, (CROWD / max(count, 1)) ** 0.25))
    return (2 * style.points(RADIUS) * crowded) ** 2


def _draw_marked(axes: Axes, points: NDArray[np.float64], style: PlotStyle) -> None:
    """Draw rings around points, with a thin line of the contrasting colour around them."""
    for width, colour in ((3.4, style.theme.halo), (1.6, style.theme.probe)):
        axes.scatter(
            points[:, 0], points[:, 1], s=(2 * style.points(5)) ** 2, facecolors="none", edgecolors=colour,
            linewidths=style.points(width), zorder=MARKED,
        )  # fmt: skip


def draw_axes(axes: Axes, contents: PlaneContents, style: PlotStyle) -> None:
    """Set the limits of the plane, one scale for both axes, and write their names and numbers."""
    box = contents.box
    axes.set(xlim=(box.left, box.right), ylim=(box.bottom, box.top), autoscale_on=False)
    axes.set_aspect("auto" if contents.is_strips else "equal", adjustable="box")
    axes.set_xlabel(contents.axis_titles[0])
    name_upward_axis(axes, contents.axis_titles[1], style)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(FuncFormatter(_tick_words))
    if contents.is_strips and contents.class_names:
        names = contents.class_names
        axes.set_yticks(range(len(names)), [name if len(name) <= 9 else f"{name[:8]}…" for name in names])
        axes.set_ylim(box.bottom, box.top)
        _thin_out(axes, style)
    elif contents.is_strips:
        axes.set_yticks([])
    for label in (axes.xaxis.label, *axes.get_yticklabels()):
        as_written(label)


def _count_beyond(axes: Axes, contents: PlaneContents) -> None:
    """Say how many points are beyond the edge, beside the name of the first axis."""
    beyond = contents.box.count_outside(contents.points)
    if beyond:
        points = "point" if beyond == 1 else "points"
        axes.set_xlabel(f"{contents.axis_titles[0]}  ·  {beyond:,} {points} beyond the edge")


def _thin_out(axes: Axes, style: PlotStyle) -> None:
    """Leave out every other name of a strip, and more of them, where they would lie over each other."""
    room = pixels_per_unit(axes)[1] / style.scale
    step = max(1, int(np.ceil(TEXT_PIXELS / max(room, 1e-6))))
    for index, label in enumerate(axes.get_yticklabels()):
        label.set_visible(index % step == 0)


def _tick_words(value: float, _: object = None) -> str:
    return number(value, 5)


def _write_title(figure: Figure, contents: PlaneContents, left: float, style: PlotStyle) -> None:
    """Write the run's name and what its points are, in one line."""
    width = figure.get_size_inches()[0]
    up = 1 - 0.5 * style.points(TEXT_PIXELS) / 72 / figure.get_size_inches()[1]
    name = figure.text(left, up, contents.title, fontsize=style.text, color=style.theme.text, va="top", weight="bold")
    as_written(name)
    wide = 0.66 * style.text / 72 * (len(contents.title) + 0.8 * len(contents.subtitle))
    if contents.subtitle and wide < width * (1 - left):
        right = 1 - RIGHT * style.points(TEXT_PIXELS) / 72 / width
        said = figure.text(right, up, contents.subtitle, fontsize=style.text, color=style.theme.muted, va="top")
        as_written(said).set_horizontalalignment("right")


def _entries(contents: PlaneContents, style: PlotStyle) -> list[Line2D]:
    """Return a dot for each class, with its name and the number of its points."""
    names, labels = contents.class_names, contents.labels
    if labels is None or not names:
        return []
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


def _as_fit(entries: list[Line2D], most: int) -> list[Line2D]:
    """Return at most so many entries, the last one saying how many are left out."""
    if len(entries) <= most:
        return entries
    left_out = len(entries) - most + 1
    return [*entries[: most - 1], Line2D([], [], linestyle="", label=f"and {left_out:,} more classes")]


def _columns(labels: Sequence[object], size: float, style: PlotStyle) -> int:
    """Return how many entries stand side by side."""
    longest = max((len(str(label)) for label in labels), default=1)
    fitting = int((size / style.scale - TEXT_PIXELS) / ((0.6 * longest + 2.4) * TEXT_PIXELS))
    return max(1, min(fitting, len(labels) or 1))


def _legend_look(style: PlotStyle) -> dict[str, object]:
    return {
        "fontsize": style.text, "labelcolor": style.theme.text, "frameon": False, "handletextpad": 0.1,
        "columnspacing": 0.8, "labelspacing": 0.3, "handlelength": 1.2,
    }  # fmt: skip


def _write_plainly(legend: Legend) -> None:
    for text in legend.get_texts():
        as_written(text)

"""What a saved plane shows beside points and overlays: the legend of its classes, and the marks of the user."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend as LegendArtist
from matplotlib.lines import Line2D
from matplotlib.path import Path

from explorer.latent.plane.box import Point
from explorer.latent.plane.cursor_marks import CursorMarks, waypoint_name
from explorer.plot.contents import PlaneContents, PointColours, brief_names, common_start
from explorer.plot.figures import PIXELS_PER_INCH, TEXT_PIXELS, PlotStyle, as_written, row_by_row, write
from explorer.rendering.drawing import number
from explorer.rendering.palette import NO_CLASS, continuous_colours

DOT = 5.3
"""Diameter of a dot of the legend, in pixels at scale 1."""
MAX_ROWS, MAX_NAME = 7, 18
"""Maximum rows of the legend, and letters of a name in it; the number of the other groups is stated."""
MANY = 20
"""With more groups than this, their names omit their common beginning, which becomes the heading."""
BAR, BAR_HEIGHT = 160, 9
"""Size of the colour scale in pixels at scale 1."""
LETTER = 0.56
"""Mean width of a letter in heights of text."""


@dataclass(frozen=True, eq=False)
class Legend:
    """The legend of a figure: entries in rows below a heading, or one line with a colour scale."""

    heading: str
    entries: tuple[Line2D, ...]
    scale: PointColours | None
    columns: int

    @property
    def rows(self) -> int:
        """The number of lines of text."""
        if self.scale is not None:
            return 1
        return -(-len(self.entries) // self.columns) + bool(self.heading) if self.entries else 0

    def draw(self, figure: Figure, left: float, top: float, style: PlotStyle) -> None:
        """Draw the legend on a figure; ``left`` and ``top`` are pixels from the upper left corner."""
        # Matplotlib counts from the foot, and in shares of the figure.
        height = figure.get_size_inches()[1] * PIXELS_PER_INCH
        if self.scale is not None:
            _draw_scale(figure, self.heading, self.scale, (left, top), style)
        elif self.entries:
            written = figure.legend(
                handles=row_by_row(list(self.entries), self.columns), loc="upper center", ncols=self.columns,
                bbox_to_anchor=(0.5, 1 - top / height), borderpad=0.0, borderaxespad=0.0,
                title=self.heading or None, alignment="left", **legend_look(style),
            )  # fmt: skip
            write_as_is(written, style)


def legend_of(contents: PlaneContents, width: float, style: PlotStyle) -> Legend:
    """Return the legend of a plane in a figure of a width in pixels."""
    meaning = contents.point_colours
    if meaning.values is not None:
        return Legend(meaning.title, (), meaning, 1)
    # With few groups there is room for whole names.
    start = common_start(meaning.names) if len(meaning.names) > MANY else ""
    entries = entries_of(meaning, style, brief=bool(start))
    columns = _columns([entry.get_label() for entry in entries], width, style)
    # Classes need no heading: the title of the figure names the run, and each entry its class.
    heading = start.strip() if start else "" if meaning.title == "class" else meaning.title
    return Legend(heading, tuple(at_most(entries, columns * MAX_ROWS)), None, columns)


def entries_of(meaning: PointColours, style: PlotStyle, *, brief: bool = False) -> list[Line2D]:
    """Return a legend entry for each shown group: its name and, in parentheses, the number of its points."""
    names, groups = meaning.names, meaning.groups
    # Continuous colours have a scale instead of entries.
    if groups is None or not names:
        return []
    # Unknown groups are counted in one more bin, after the last group.
    kept = np.where((groups >= 0) & (groups < len(names)), groups, len(names))
    counts = np.bincount(kept, minlength=len(names) + 1).tolist()
    written = brief_names(names) if brief else names
    entries = [
        _dot(f"{_cut(written[index])} ({counts[index]:,})", style.class_colour(index, len(names)), style)
        for index in range(len(names))
        if index not in meaning.hidden
    ]
    red, green, blue = (channel / 255 for channel in NO_CLASS[style.theme.dark])
    return [*entries, _dot(f"unknown ({counts[-1]:,})", (red, green, blue), style)] if counts[-1] else entries


def at_most(entries: list[Line2D], max_entries: int) -> list[Line2D]:
    """Return at most ``max_entries`` entries; the last one states how many groups are left out."""
    if len(entries) <= max_entries:
        return entries
    left_out = len(entries) - max_entries + 1
    return [*entries[: max_entries - 1], Line2D([], [], linestyle="", label=f"and {left_out:,} more")]


def key_lines(contents: PlaneContents, width: float, style: PlotStyle) -> list[str]:
    """Return what the lines of the overlays mean, as lines of text that fit into a width in pixels."""
    keys = [layer.key for layer in contents.layers if layer.key and layer.result.parts]
    # By the mean width of a letter: exact widths would need a drawn figure.
    letters = int(width / (LETTER * TEXT_PIXELS * style.scale))
    return textwrap.wrap(" ".join(f"{key}." for key in keys), max(letters, 20))


def legend_look(style: PlotStyle) -> dict[str, object]:
    """Return the look of every legend."""
    return {
        "fontsize": style.text, "labelcolor": style.theme.text, "frameon": False, "handletextpad": 0.1,
        "columnspacing": 0.8, "labelspacing": 0.3, "handlelength": 1.2,
    }  # fmt: skip


def write_as_is(legend: LegendArtist, style: PlotStyle) -> None:
    """Switch off formulas in the texts of a legend, and mute its heading."""
    as_written(legend.get_title()).set(color=style.theme.muted, fontsize=style.text)
    for text in legend.get_texts():
        as_written(text)


def draw_scale_beside(axes: Axes, meaning: PointColours, style: PlotStyle) -> None:
    """Draw the colour scale of a continuous quantity at the right of the caller's axes."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize

    ramp = ListedColormap((continuous_colours(np.linspace(0, 1, 256), style.theme.dark) / 255).tolist())
    figure = axes.get_figure(root=True)
    assert figure is not None
    bar = figure.colorbar(ScalarMappable(Normalize(*meaning.span), ramp), ax=axes, fraction=0.05)
    bar.set_label(_scale_title(meaning), color=style.theme.text, fontsize=style.text)
    bar.ax.tick_params(colors=style.theme.muted, labelsize=style.text)


def _draw_scale(
    figure: Figure, heading: str, meaning: PointColours, corner: tuple[float, float], style: PlotStyle
) -> None:
    """Draw heading, lowest value, colours and highest value with its unit in one line."""
    width, height = figure.get_size_inches() * PIXELS_PER_INCH
    em, (left, top) = TEXT_PIXELS * style.scale, corner
    middle = 1 - (top + 0.5 * em) / height
    low, high = number(meaning.span[0], 3), f"{number(meaning.span[1], 3)} {meaning.unit}".strip()

    def write(x: float, text: str, colour: str) -> float:
        as_written(figure.text(x / width, middle, text, fontsize=style.text, color=colour, va="center_baseline"))
        return x + (0.6 * len(text) + 0.5) * em

    start = write(write(left, heading, style.theme.text), low, style.theme.muted)
    box = (start / width, middle - 0.5 * BAR_HEIGHT * style.scale / height, BAR * style.scale / width)
    axes = figure.add_axes((*box, BAR_HEIGHT * style.scale / height))
    axes.imshow(continuous_colours(np.linspace(0, 1, 256), style.theme.dark)[None], aspect="auto")
    axes.set_axis_off()
    write(start + BAR * style.scale + 0.5 * em, high, style.theme.muted)


def _scale_title(meaning: PointColours) -> str:
    return f"{meaning.title} ({meaning.unit})" if meaning.unit else meaning.title


def _cut(name: str) -> str:
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1].rstrip()}…"


def _dot(label: str, colour: tuple[float, float, float], style: PlotStyle) -> Line2D:
    size = style.points(DOT)
    return Line2D([], [], linestyle="", marker="o", markersize=size, markeredgewidth=0, color=colour, label=label)


def _columns(labels: Sequence[object], width: float, style: PlotStyle) -> int:
    """Return the number of legend entries per row."""
    longest = max((len(str(label)) for label in labels), default=1)
    fitting = int((width / style.scale - TEXT_PIXELS) / ((0.6 * longest + 2.4) * TEXT_PIXELS))
    return max(1, min(fitting, len(labels) or 1))


MARKED = 6.0
"""The zorder of the marks, above all overlays."""
PROBE, RING, END, DIAMOND = 9.0, 5.0, 9.0, 5.5
"""Radii of the probe, a ring around a point, a waypoint of the path and the point at t, in pixels at scale 1."""
HALO = 2.0
"""How much wider the halo of a line is than the line, in pixels at scale 1."""

# Four strokes from 0.3 to 1 around the middle, as a marker is scaled to its farthest point.
_CROSS = Path(
    [(x * share, y * share) for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)) for share in (0.3, 1.0)],
    [Path.MOVETO, Path.LINETO] * 4,
)


def draw_marks(axes: Axes, marks: CursorMarks, style: PlotStyle) -> None:
    """Draw the marks in ascending order of importance; what is under the cursor is not part of a saved picture."""
    _draw_rings(axes, marks.selected, RING, style)
    _draw_path(axes, marks, style)
    if marks.probe is not None and marks.nearest is not None:
        dashes = (0, (4, 4)) if marks.no_data else "-"
        _draw_line(axes, (marks.probe, marks.nearest), 1.2, style.theme.probe, style, dashes)
        _draw_rings(axes, (marks.nearest,), 0.8 * RING, style)
    if marks.corrupted is not None:
        if (clean := marks.probe or marks.same_sample) is not None:
            _draw_line(axes, (clean, marks.corrupted), 1.4, style.theme.accent, style)
        _draw_rings(axes, (marks.corrupted,), RING, style, marker="s", colour=style.theme.accent)
    if marks.same_sample is not None:
        _draw_bullseye(axes, marks.same_sample, style)
    if marks.noise_from is not None and marks.drawn is not None:
        _draw_noise(axes, marks, (marks.noise_from, marks.drawn), style)
    if marks.probe is not None:
        _draw_probe(axes, marks, marks.probe, style)


def _draw_noise(axes: Axes, marks: CursorMarks, step: tuple[Point, Point], style: PlotStyle) -> None:
    """Draw the draws of z from q(z|x): the earlier ones as dots, and a line from μ to the newest."""
    _draw_dots(axes, marks.earlier_draws, 1.8, style, style.theme.accent)
    _draw_line(axes, step, 1.4, style.theme.accent, style)
    _draw_dots(axes, step[1:], 3.2, style, style.theme.accent)
    (x1, y1), (x2, y2) = step
    middle = ((x1 + x2) / 2, (y1 + y2) / 2)
    write(axes, *middle, marks.noise_name, style, color=style.theme.text, fontsize=style.text, ha="left", va="bottom")


def _draw_probe(axes: Axes, marks: CursorMarks, at: Point, style: PlotStyle) -> None:
    if marks.probe_across:
        _draw_line(axes, ((at[0], axes.get_ylim()[0]), (at[0], axes.get_ylim()[1])), 1.2, style.theme.probe, style)
    if marks.followed:
        _draw_bullseye(axes, at, style)
        return
    _draw_rings(axes, (at,), PROBE, style)
    _draw_rings(axes, (at,), 1.5 * PROBE, style, marker=_CROSS)
    _draw_dots(axes, (at,), 1.5, style)


def _draw_bullseye(axes: Axes, at: Point, style: PlotStyle) -> None:
    """Draw a ring and a dot on a disc of the ground's colour, which hides the crowd around the sample."""
    _draw_dots(axes, (at,), PROBE, style, style.theme.plane)
    _draw_rings(axes, (at,), PROBE, style)
    _draw_dots(axes, (at,), 2.2, style)


def _draw_path(axes: Axes, marks: CursorMarks, style: PlotStyle) -> None:
    if len(marks.straight_path) > 1:
        _draw_line(axes, marks.straight_path, 1.4, style.theme.probe, style, (0, (1, 2.5)))
    for line, colour in ((marks.second_path, style.theme.text), (marks.path, style.theme.accent)):
        if len(line) > 1:
            _draw_line(axes, line, 3, colour, style, halo=4)
    for index, at in enumerate(marks.waypoints):
        _draw_waypoint(axes, at, waypoint_name(index), style)
    for here, colour in ((marks.second_here, style.theme.text), (marks.here, style.theme.accent)):
        if here is not None:
            _draw_dots(axes, (here,), DIAMOND, style, colour, marker="D")
            _draw_rings(axes, (here,), DIAMOND, style, marker="D")


def _draw_waypoint(axes: Axes, at: Point, name: str, style: PlotStyle) -> None:
    _draw_dots(axes, (at,), END, style, style.theme.plane)
    _draw_rings(axes, (at,), END, style, colour=style.theme.accent)
    text = axes.text(
        *at, name, ha="center", va="center_baseline", weight="bold", clip_on=True, zorder=MARKED,
        color=style.theme.text, fontsize=style.points(11 if len(name) == 1 else 9),
    )  # fmt: skip
    as_written(text)


def _draw_rings(
    axes: Axes, points: tuple[Point, ...], radius: float, style: PlotStyle, *, marker: str | Path = "o",
    colour: str = "",
) -> None:  # fmt: skip
    """Draw outlines, each on a wider halo of contrasting brightness."""
    x, y = np.array(points).reshape(-1, 2).T
    for width, ink in ((1.6 + HALO, style.theme.halo), (1.6, colour or style.theme.probe)):
        if points:
            axes.scatter(
                x, y, s=_area(radius, style), marker=marker, facecolors="none", edgecolors=ink,
                linewidths=style.points(width), zorder=MARKED,
            )  # fmt: skip


def _draw_dots(
    axes: Axes, points: tuple[Point, ...], radius: float, style: PlotStyle, colour: str = "", marker: str = "o"
) -> None:
    x, y = np.array(points).reshape(-1, 2).T
    for ink, side in ((style.theme.halo, radius + 1), (colour or style.theme.probe, radius)):
        if points:
            axes.scatter(x, y, s=_area(side, style), marker=marker, c=ink, linewidths=0, zorder=MARKED)


def _draw_line(
    axes: Axes, points: tuple[Point, ...], width: float, colour: str, style: PlotStyle, dashes: object = "-",
    halo: float = HALO,
) -> None:  # fmt: skip
    for wide, ink in ((width + halo, style.theme.halo), (width, colour)):
        axes.plot(
            *np.array(points).T, color=ink, linewidth=style.points(wide), linestyle=dashes, zorder=MARKED,
            scalex=False, scaley=False,
        )  # fmt: skip


def _area(radius: float, style: PlotStyle) -> float:
    """Return the area of a mark in square typographic points, as `Axes.scatter` expects it."""
    return (2 * style.points(radius)) ** 2

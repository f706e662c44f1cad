"""The marks of the user on a plane: probe, followed sample, selection and path, as the window draws them."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.path import Path

from explorer.latent.plane.box import Point
from explorer.latent.plane.cursor_marks import CursorMarks
from explorer.plot.figures import PlotStyle, as_written

MARKED = 6.0
"""The zorder of the marks, above all overlays."""
PROBE, RING, END, DIAMOND = 9.0, 5.0, 9.0, 5.5
"""Radii of the probe, of a ring around a point, of an end of the path and of the point at t, in pixels at scale 1."""
HALO = 2.0
"""How much wider the halo of a line is than the line, in pixels at scale 1."""

# Four strokes from 0.3 to 1 around the middle, as a marker is scaled to its farthest point.
_CROSS = Path(
    [(x * share, y * share) for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)) for share in (0.3, 1.0)],
    [Path.MOVETO, Path.LINETO] * 4,
)


def draw_marks(axes: Axes, marks: CursorMarks, style: PlotStyle) -> None:
    """Draw the marks in ascending order of importance; what is under the cursor is no part of a picture."""
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
    if marks.probe is not None:
        _draw_probe(axes, marks, marks.probe, style)


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
    if len(marks.path) > 1:
        _draw_line(axes, marks.path, 2.5, style.theme.text, style)
        _draw_dots(axes, marks.steps, 2.6, style)
    for at, name in ((marks.start, "A"), (marks.end, "B")):
        if at is not None:
            _draw_dots(axes, (at,), END, style, style.theme.accent)
            _draw_rings(axes, (at,), END, style)
            text = axes.text(
                *at, name, ha="center", va="center_baseline", weight="bold", clip_on=True, zorder=MARKED,
                color=style.theme.accent_text, fontsize=style.points(11),
            )  # fmt: skip
            as_written(text)
    if marks.here is not None:
        _draw_dots(axes, (marks.here,), DIAMOND, style, style.theme.accent, marker="D")
        _draw_rings(axes, (marks.here,), DIAMOND, style, marker="D")


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
    axes: Axes, points: tuple[Point, ...], width: float, colour: str, style: PlotStyle, dashes: object = "-"
) -> None:
    for wide, ink in ((width + HALO, style.theme.halo), (width, colour)):
        axes.plot(
            *np.array(points).T, color=ink, linewidth=style.points(wide), linestyle=dashes, zorder=MARKED,
            scalex=False, scaley=False,
        )  # fmt: skip


def _area(radius: float, style: PlotStyle) -> float:
    """Return the area of a mark in square typographic points, as `Axes.scatter` expects it."""
    return (2 * style.points(radius)) ** 2

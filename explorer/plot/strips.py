"""Strips along the axes of a plane: density curves inside its edges, on a half-transparent background.

1. The legend of all curves takes rows above the strip along the lower edge, as far as there is room.
2. The strips have a fixed height in pixels, limited to a share of the plane. The left one ends above the lower one.
3. Each strip draws its background, its curves from the edge inwards, its inner edge, and the density at full height.
"""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle
from numpy.typing import NDArray

from explorer.latent.plane.overlay_parts import Strip, StripCurve, Strips
from explorer.plot.figures import PlotStyle, as_written, pixels_per_unit, row_by_row, write
from explorer.plot.parts import PartLook, box_of, draw_part, ink_of
from explorer.rendering.drawing import number

HIGH = 42
"""Height of a strip without its text, in pixels at scale 1."""
MAX_OF_PLANE = 0.3
"""Maximum height of a strip as a share of the plane."""
VEIL = 0.8
"""Opacity of the background of a strip, which covers the points below."""
LOWEST, HIGHEST = 0.004, 1.5
"""Curves are drawn between these shares of the height of a strip."""
DASHES = (4.0, 3.0)
WORDS, LINE = 10, 12
"""Height of the text and of its lines, in pixels at scale 1."""


@draw_part.register
def _(part: Strips, axes: Axes, look: PartLook) -> None:
    style, (width, height) = look.style, _pixels(axes)
    line, rows = LINE * style.scale, _legend_rows(part, width, look.style)
    wide, high = strip_sizes(part, axes, style)
    for strip in part.along:
        if strip.side == "bottom":
            _draw_strip(strip, (0.0, 0.0, 1.0, high), line * rows / height, axes, look)
        else:
            _draw_strip(strip, (0.0, high, wide, 1.0 - high), line / width, axes, look)
    if rows:
        _draw_legend(part, high, rows, axes, look)


def strip_sizes(part: Strips, axes: Axes, style: PlotStyle) -> tuple[float, float]:
    """Return the width of the left and the height of the lower strip, as shares of the axes; 0 for a missing one."""
    sides, (width, height) = {strip.side for strip in part.along}, _pixels(axes)
    rows = _legend_rows(part, width, style)
    high = min((HIGH + LINE * rows) * style.scale / height, MAX_OF_PLANE) if "bottom" in sides else 0.0
    wide = min((HIGH + LINE) * style.scale / width, MAX_OF_PLANE) if "left" in sides else 0.0
    return wide, high


def _draw_strip(strip: Strip, box: tuple[float, float, float, float], room: float, axes: Axes, look: PartLook) -> None:
    """Draw one strip; ``box`` (left, bottom, width, height) and ``room`` (for text) are shares of the axes."""
    style, theme = look.style, look.style.theme
    left, bottom, width, height = box
    veil = Rectangle(
        (left, bottom), width, height, transform=axes.transAxes, facecolor=theme.plane, alpha=VEIL, linewidth=0,
        zorder=look.zorder,
    )  # fmt: skip
    axes.add_artist(veil)
    for curve in strip.curves:
        _draw_curve(strip, curve, (width if strip.side == "left" else height) - room, bottom, axes, look)
    inner = ([left, left + width], [bottom + height] * 2)
    if strip.side == "left":
        inner = ([left + width] * 2, [bottom, bottom + height])
    edge = Line2D(
        inner[0], inner[1], transform=axes.transAxes, color=theme.line, linewidth=style.points(1), zorder=look.zorder
    )
    axes.add_artist(edge)
    _write_top(strip, box, axes, look)


def _draw_curve(strip: Strip, curve: StripCurve, reach: float, start: float, axes: Axes, look: PartLook) -> None:
    """Draw a curve from the edge of the plane inwards; ``reach`` is the height of the strip as a share of the axes.

    A left strip begins above ``start``, where the lower strip ends.
    """
    middles, shares = drawn_part(strip, curve)
    if len(middles) == 0:
        return
    inwards = shares * reach
    # Data units along the axis, shares of the axes across it.
    along, transform = middles, axes.get_xaxis_transform()
    if strip.side == "left":
        transform = axes.get_yaxis_transform()
        bottom, top = axes.get_ylim()
        seen = middles >= bottom + start * (top - bottom)
        along, inwards = middles[seen], inwards[seen]
    points = _points(strip, along, inwards)
    looks: dict[str, Any] = {"transform": transform, "zorder": look.zorder, "clip_path": axes.patch}
    colour = ink_of(curve.ink, look.style)
    if curve.filled > 0 and len(points) > 1:
        # Close the area along the edge of the plane, from the last point back to the first.
        edge = _points(strip, along[[-1, 0]], np.zeros(2))
        inside = Polygon(np.vstack([points, edge]), facecolor=colour, alpha=curve.filled, linewidth=0, **looks)
        axes.add_artist(inside)
    axes.add_artist(Line2D(points[:, 0], points[:, 1], color=colour, **_line_look(curve, look.style), **looks))


def drawn_part(strip: Strip, curve: StripCurve) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the positions of a curve in latent units, and its heights as shares of the strip.

    Ends with almost no density are left out, as their line would thicken the edge of the plane.
    """
    count, (low, high) = len(curve.heights), strip.ends
    middles = low + (np.arange(count) + 0.5) * (high - low) / count
    shares = np.minimum(curve.heights / strip.top, HIGHEST)
    if curve.filled:
        return middles, shares
    drawn = np.flatnonzero(shares > LOWEST)
    kept = slice(drawn[0], drawn[-1] + 1) if len(drawn) else slice(0)
    return middles[kept], shares[kept]


def _points(strip: Strip, along: NDArray[np.float64], inwards: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([along, inwards] if strip.side == "bottom" else [inwards, along])


def _write_top(strip: Strip, box: tuple[float, float, float, float], axes: Axes, look: PartLook) -> None:
    """Write the density at the full height of a strip, along its inner edge."""
    left, bottom, width, height = box
    text = f"{number(strip.top, 2)} per {strip.name}"
    looks: dict[str, Any] = {
        "transform": axes.transAxes, "fontsize": look.style.points(WORDS), "zorder": look.zorder, "va": "top",
    }  # fmt: skip
    gap = 4 * look.style.scale / _pixels(axes)[0]
    if strip.side == "left":
        where = (left + width - gap / 2, bottom + gap)
        write(axes, *where, text, look.style, **looks | {"rotation": 90, "ha": "right", "va": "bottom"})
    else:
        write(axes, left + gap, bottom + height - gap / 2, text, look.style, **looks)


def _line_look(curve: StripCurve, style: PlotStyle) -> dict[str, Any]:
    return {"linewidth": style.points(curve.width), "linestyle": (0, DASHES) if curve.dashed else "-"}


def _named(part: Strips) -> dict[str, StripCurve]:
    return {curve.name: curve for strip in part.along for curve in strip.curves}


def _columns(part: Strips, width: float, style: PlotStyle) -> int:
    """Return the number of legend entries per row, beside the number of the left strip."""
    names = _named(part)
    name_width = (0.62 * WORDS * max(map(len, names)) + 32) * style.scale
    return max(1, int((width - 80 * style.scale) / name_width))


def _legend_rows(part: Strips, width: float, style: PlotStyle) -> int:
    rows = -(-len(_named(part)) // _columns(part, width, style))
    # The curves keep at least 28 pixels of the strip.
    fits = (MAX_OF_PLANE * width - 28 * style.scale) / (LINE * style.scale)
    return min(rows, max(0, int(fits)))


def _draw_legend(part: Strips, high: float, rows: int, axes: Axes, look: PartLook) -> None:
    """Draw the legend, with each kind of curve once, at the upper right of the lower strip."""
    style, named = look.style, _named(part)
    columns = _columns(part, _pixels(axes)[0], style)
    handles = [
        Line2D([], [], color=ink_of(curve.ink, style), label=curve.name, **_line_look(curve, style))
        for curve in list(named.values())[: rows * columns]
    ]
    handles = row_by_row(handles, columns)
    legend = Legend(
        axes, handles, [str(handle.get_label()) for handle in handles], loc="upper right", bbox_to_anchor=(1.0, high),
        bbox_transform=axes.transAxes, ncols=min(columns, len(handles)), fontsize=style.points(WORDS), frameon=False,
        labelcolor=style.theme.muted, borderpad=0.1, borderaxespad=0.2, labelspacing=0.15, columnspacing=1.0,
        handlelength=1.6, handletextpad=0.5,
    )  # fmt: skip
    legend.set_zorder(look.zorder)
    for text in legend.get_texts():
        as_written(text)
    # add_artist, as axes.legend would replace the legend of the classes.
    axes.add_artist(legend)


def _pixels(axes: Axes) -> tuple[float, float]:
    across, up = pixels_per_unit(axes)
    visible = box_of(axes)
    return across * visible.width, up * visible.height

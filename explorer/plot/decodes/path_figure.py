"""A path as a figure: a film strip for each method, and below them the curves of its measures over t.

Everything shares one axis of t: step 0 is at the middle of the first picture, the last step at that of the last one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.latent.paths.path_answer import PathAnswer, PathRow, Values
from explorer.latent.plane.cursor_marks import waypoint_name
from explorer.latent.steps import Absent
from explorer.plot.decodes.sheets import DrawingSheet, draw_sheet, sheet_of
from explorer.plot.figures import TEXT_PIXELS, PlotStyle, add_axes, as_written, new_figure, style_for, write

LEFT, RIGHT, PAD = 168, 88, 12
"""Pixels left of the strips for names, right of them for lengths, and between parts."""
CURVE, BAND, FOOT, KNOTS = 72, 14, 44, 20
"""Heights of a curve, of a method's classes, of the axis of t, and of the letters of the waypoints, in pixels."""
WIDE_RANGE = 100.0
"""Densities above this have a logarithmic axis."""
DENSITY_UNIT = "1 is typical"
PICTURES = 13
"""Usual number of pictures in a strip."""


@dataclass(frozen=True, eq=False)
class _Layout:
    """Where the parts are: the first and last t in pixels, and the style."""

    figure: Figure
    style: PlotStyle
    start: float
    end: float

    def axes(self, top: float, height: float) -> Axes:
        """Return axes over t from 0 to 1, ``top`` pixels below the upper edge."""
        axes = add_axes(self.figure, self.start, top, self.end - self.start, height, self.style)
        axes.set(xlim=(0, 1))
        return axes


def new_path_figure(
    answer: PathAnswer, description: Description, side: int, *, pictures: int = PICTURES, dark: bool = False
) -> Figure:
    """Return a figure of a path with measures.

    Parameters
    ----------
    side
        Width and height of a picture in pixels, at most.
    pictures
        Number of pictures in a strip, from steps that are as equal as possible; at most all.
    """
    style, rows = style_for(640, dark=dark), drawn_rows(answer)
    strips = [_strip(row, description, side, pictures) for row in rows]
    (cell, _), gap = strips[0].cell, strips[0].gap
    width, height = strips[0].size
    curves = [part for part in _curves(rows) if any(values is not None for values in part[2])]
    classes = [row.measures.classes if row.measures is not None else None for row in rows]
    banded = any(isinstance(one, np.ndarray) for one in classes)
    top = PAD + len(strips) * (height + PAD) + KNOTS
    total = top + len(curves) * (CURVE + PAD) + banded * (len(rows) * BAND + PAD) + FOOT
    figure = new_figure(LEFT + width + RIGHT, total, style)
    for number, (row, strip) in enumerate(zip(rows, strips, strict=True)):
        _draw_row(figure, row, strip, PAD + number * (height + PAD), answer, _colours(style)[number], style)
    layout = _Layout(figure, style, LEFT + gap + cell / 2, LEFT + width - gap - cell / 2)
    lowest = None
    for number, (name, unit, values) in enumerate(curves):
        lowest = layout.axes(top + number * (CURVE + PAD), CURVE)
        _draw_curves(lowest, layout, (name, unit, values), rows[0], answer.t, letters=number == 0)
    if banded:
        lowest = layout.axes(top + len(curves) * (CURVE + PAD), len(rows) * BAND)
        _draw_classes(lowest, layout, classes, description)
    if lowest is not None:
        # All curves share t, so only the lowest has its numbers.
        lowest.tick_params(axis="x", labelbottom=True)
        lowest.set_xlabel("t")
    return figure


def drawn_rows(answer: PathAnswer) -> list[PathRow]:
    """Return the rows whose method is defined."""
    return [row for row in answer.rows if not isinstance(row, Absent)]


def picture_steps(steps: int, pictures: int) -> NDArray[np.int64]:
    """Return the steps whose pictures are in a strip, ``(n,)``: the first, the last, and equally many in between."""
    count = max(2, min(pictures, steps + 1))
    return np.rint(np.linspace(0, steps, count)).astype(np.int64)


def _strip(row: PathRow, description: Description, side: int, pictures: int) -> DrawingSheet:
    shown = row.decodes[picture_steps(len(row.distances), pictures)]
    return sheet_of(shown, description, side, columns=len(shown))


def _colours(style: PlotStyle) -> tuple[str, str]:
    return style.theme.accent, style.theme.text


def _draw_row(
    figure: Figure, row: PathRow, strip: DrawingSheet, top: float, answer: PathAnswer, colour: str, style: PlotStyle
) -> None:
    """Draw the strip of a method, its name at the left, and its decoded length at the right."""
    width, height = strip.size
    draw_sheet(add_axes(figure, LEFT, top, width, height, style), strip, style)
    sides = add_axes(figure, 0, top, LEFT + width + RIGHT, height, style)
    sides.set(xlim=(0, LEFT + width + RIGHT), ylim=(height, 0))
    sides.set_axis_off()
    # Transparent, since these axes lie over the strip.
    sides.patch.set_visible(False)
    middle, line = height / 2, 0.75 * TEXT_PIXELS * style.scale
    sides.plot([3, 3], [4, height - 4], color=colour, linewidth=style.points(3))
    write(sides, PAD, middle, row.method.capitalize(), style, color=style.theme.text, va="center", weight="bold")
    right = LEFT + width + PAD
    write(sides, right, middle - line, f"{row.length:.3g}", style, color=colour, va="center", weight="bold")
    excess = "reference" if row.method == "straight" else f"{row.excess:+.0%}".replace("-", "−")
    write(sides, right, middle + line, excess, style, va="center")


def _curves(rows: Sequence[PathRow]) -> list[tuple[str, str, list[Values | None]]]:
    """Return name, unit and the values of each row for each curve, None where a row has none."""
    found = [row.measures for row in rows]
    errors = [one.error if one is not None and isinstance(one.error, np.ndarray) else None for one in found]
    densities = [one.density if one is not None and isinstance(one.density, np.ndarray) else None for one in found]
    return [
        ("Distance per step", "decoded, L2", [row.distances for row in rows]),
        ("Off-manifold error", "latent units", errors),
        ("Density of codes", DENSITY_UNIT, densities),
    ]


def _draw_curves(
    axes: Axes,
    layout: _Layout,
    part: tuple[str, str, list[Values | None]],
    first: PathRow,
    t: Values,
    *,
    letters: bool,
) -> None:
    style, (name, unit, of_rows) = layout.style, part
    for values, colour, width in zip(of_rows, _colours(style), (2.0, 1.4), strict=False):
        if values is not None:
            # A distance is drawn at the middle of its step.
            positions = t if len(values) == len(t) else (t[1:] + t[:-1]) / 2
            axes.plot(positions, values, color=colour, linewidth=style.points(width), zorder=3)
    highest = max((float(np.nanmax(values)) for values in of_rows if values is not None), default=0.0)
    # From 0, since distances and densities are compared by their ratio.
    axes.set_ylim(0, 1.1 * highest if highest > 0 else 1.0)
    axes.tick_params(axis="x", labelbottom=False)
    if unit == DENSITY_UNIT and highest > WIDE_RANGE:
        # In many dimensions the density at a code is thousands of times that beside it.
        axes.set_yscale("symlog", linthresh=1)
        ticks = [0, 1, 10 ** int(np.log10(highest))]
        axes.set_yticks(ticks, [f"{one:,}" for one in ticks])
        axes.minorticks_off()
    else:
        axes.locator_params(axis="y", nbins=3)
    _name(axes, layout, name, unit)
    for waypoint, place in enumerate(first.curve.knots.tolist()):
        axes.axvline(place, color=style.theme.line, linewidth=style.points(1), zorder=1)
        if letters:
            # A closed path ends at its first waypoint, so it has the same letter.
            closes = waypoint == len(first.curve.knots) - 1 and np.array_equal(first.z[0], first.z[-1])
            offset = (0, style.points(4))
            note = axes.annotate(
                waypoint_name(0 if closes else waypoint), (place, 1), offset, xycoords=("data", "axes fraction"),
                textcoords="offset points", ha="center", va="bottom", color=style.theme.text, fontsize=style.text,
            )  # fmt: skip
            as_written(note)


def _draw_classes(
    axes: Axes, layout: _Layout, classes: Sequence[NDArray[np.int64] | Absent | None], description: Description
) -> None:
    """Draw a band for each row, coloured by the class of each step, with the name of each class that has room."""
    style, count = layout.style, len(classes)
    axes.set(ylim=(count, 0), yticks=[])
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(axis="x", labelbottom=False)
    _name(axes, layout, "Class of decode", "")
    for number, found in enumerate(classes):
        if not isinstance(found, np.ndarray):
            continue
        # Runs of equal classes: a rectangle for each step would show seams between them.
        starts = np.concatenate([[0], np.flatnonzero(np.diff(found)) + 1, [len(found)]])
        for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            if (one := int(found[start])) < 0:
                continue
            # The boundary between two classes is in the middle of their step.
            left, right = ((max(0.0, min(edge - 0.5, len(found) - 1))) / (len(found) - 1) for edge in (start, end))
            colour = style.class_colour(one, len(description.class_names))
            axes.add_patch(Rectangle((left, number + 0.1), right - left, 0.8, facecolor=colour, linewidth=0))
            name = description.class_name(one)
            room = (right - left) * (layout.end - layout.start)
            if room > (len(name) + 1) * 0.6 * TEXT_PIXELS * style.scale:
                # Luma of the colour (ITU-R BT.601) tells whether white or black is readable on it.
                dark = sum(share * part for share, part in zip((0.3, 0.59, 0.11), colour, strict=True)) < 0.55
                text = {"color": "white" if dark else "black", "fontsize": 0.8 * style.text}
                write(axes, (left + right) / 2, number + 0.5, name, style, ha="center", va="center_baseline", **text)


def _name(axes: Axes, layout: _Layout, name: str, unit: str) -> None:
    """Write the name of a curve and its unit left of its axes."""
    style = layout.style
    for line, text, colour in ((0.62 if unit else 0.5, name, style.theme.text), (0.28, unit, style.theme.muted)):
        if text:
            place = ((PAD - layout.start) / (layout.end - layout.start), line)
            note = axes.text(*place, text, transform=axes.transAxes, color=colour, fontsize=style.text, va="center")
            as_written(note)

"""An attribute vector as a figure: its two groups and certainty, the positions of the samples, and a film strip.

The units of the background axes are pixels at 100 per inch, from the upper left corner.
"""

import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.data.report import counted
from explorer.latent.directions.applied_vector import AppliedVector, NearestCodes
from explorer.latent.directions.attribute_vector import AttributeVector, VectorGroup, angle_histogram
from explorer.latent.directions.vector_verdict import certainty_rows, degrees, verdict_on
from explorer.latent.groups.summary import GroupSummary
from explorer.latent.steps import Absent
from explorer.plot.decodes.paper import LINE, Paper, new_paper
from explorer.plot.figures import PlotStyle, add_axes

WIDTH, MARGIN, GAP = 1000, 16, 8
"""Widths in pixels: of the figure, its margins, and gaps between pictures."""
MEAN_SIDE, MEMBER_SIDE, GROUP = 76, 34, 284
"""Sides of the mean pictures of a group and of its members, and width of a group, in pixels."""
MEMBERS, MEMBER_COLUMNS = 6, 3
PLOT_HEIGHT, CURVE_HEIGHT, POSITIONS, LABELS = 110, 64, 590, 130
"""Heights of the plots, width of the plot of positions, and width of the labels at its left, in pixels."""
COUNT = 96
"""Width in pixels of the number of samples."""
WRAPPED = 42
"""Maximum number of letters in a line of the verdict."""
JITTER = 0.28
"""Half height over which the dots of a group are spread."""


@dataclass(frozen=True, eq=False)
class VectorContents:
    """The contents of a figure of a vector; the summaries are those of ``plus`` and ``minus``.

    ``members`` are samples of both groups, ``(n, *shape)`` in their own units. ``applied`` is None if the vector is
    not applied to a code; ``applied_to`` names this code.
    """

    vector: AttributeVector
    summaries: tuple[GroupSummary, GroupSummary]
    description: Description
    title: str
    members: tuple[NDArray[Any], NDArray[Any]]
    applied: AppliedVector | None = None
    applied_to: str = ""


def new_vector_figure(contents: VectorContents, *, dark: bool = False) -> Figure:
    """Return the figure of a vector whose certainty is known."""
    notes = verdict_on(contents.vector).notes
    head = MARGIN + 2.5 * LINE + MEAN_SIDE + 2 * GAP
    plots = head + len(notes) * LINE + GAP
    strip = plots + PLOT_HEIGHT + 3 * LINE
    height = strip + (0 if contents.applied is None else _side(contents.applied) + CURVE_HEIGHT + 5 * LINE)
    paper = new_paper(WIDTH, height, contents.description, dark=dark)
    groups = (contents.vector.plus, contents.vector.minus)
    for number, (group, summary) in enumerate(zip(groups, contents.summaries, strict=True)):
        left = MARGIN + number * (GROUP + 2 * MARGIN)
        _draw_group(paper, group, summary, left, number)
        _draw_members(paper, contents.members[number], len(group.samples), left + 2 * (MEAN_SIDE + GAP))
    for sign, middle in (("−", MARGIN + GROUP + MARGIN / 2), ("=", 2 * (GROUP + MARGIN) + 1.5 * MARGIN)):
        paper.write(middle, MARGIN + LINE + MEAN_SIDE / 2, sign, ha="center", weight="bold")
    _write_certainty(paper, contents, 2 * (GROUP + 2 * MARGIN) + MARGIN)
    for number, note in enumerate(notes):
        paper.write(MARGIN, head + (number + 0.5) * LINE, note, color=paper.style.theme.warning)
    _plot_positions(paper, groups, plots)
    _plot_angles(paper, contents.vector, plots)
    if contents.applied is not None:
        _draw_strip(paper, contents.applied, contents.applied_to, strip)
    return paper.figure


def _draw_group(paper: Paper, group: VectorGroup, summary: GroupSummary, left: float, number: int) -> None:
    ink = _inks(paper)[number]
    paper.axes.add_artist(Line2D([left + 5], [MARGIN + LINE / 2], marker="o", color=ink, linewidth=0))
    paper.write(left + 16, MARGIN + LINE / 2, paper.fitted(group.name, GROUP - 16 - COUNT, bold=True), weight="bold")
    count = counted(len(group.samples), "sample")
    paper.write(left + GROUP, MARGIN + LINE / 2, count, muted=True, ha="right")
    top = MARGIN + LINE + GAP / 2
    pairs = (("mean decode", summary.mean_decode), ("mean sample", summary.mean_sample))
    for column, (words, sample) in enumerate(pairs):
        corner = left + column * (MEAN_SIDE + GAP)
        if isinstance(sample, Absent):
            paper.write(corner, top + MEAN_SIDE / 2, "not known", muted=True)
        else:
            paper.draw(sample, corner, top, MEAN_SIDE)
        paper.write(corner, top + MEAN_SIDE + LINE / 2, words, muted=True, fontsize=0.85 * paper.style.text)


def _draw_members(paper: Paper, members: NDArray[Any], count: int, left: float) -> None:
    top, step = MARGIN + LINE + GAP / 2, MEAN_SIDE - MEMBER_SIDE
    for number, member in enumerate(members[:MEMBERS]):
        row, column = divmod(number, MEMBER_COLUMNS)
        paper.draw(member, left + column * (MEMBER_SIDE + GAP / 2), top + row * step, MEMBER_SIDE)
    if more := count - min(MEMBERS, len(members)):
        words = f"+{more:,} more"
        paper.write(left, top + MEAN_SIDE + LINE / 2, words, muted=True, fontsize=0.85 * paper.style.text)


def _write_certainty(paper: Paper, contents: VectorContents, left: float) -> None:
    paper.write(left, MARGIN + LINE / 2, paper.fitted(contents.title, WIDTH - MARGIN - left, bold=True), weight="bold")
    rows = certainty_rows(contents.vector)
    for number, (name, value) in enumerate(rows):
        y = MARGIN + (number + 1.5) * LINE
        paper.write(left, y, name, muted=True)
        paper.write(WIDTH - MARGIN, y, value, ha="right")
    verdict = verdict_on(contents.vector)
    ink = paper.style.theme.warning if verdict.weak else paper.style.theme.good
    # Two lines at most: more would reach into the notes.
    lines = textwrap.wrap(verdict.text, WRAPPED)
    for number, line in enumerate(lines[:2]):
        paper.write(left, MARGIN + (len(rows) + 1.5 + 0.8 * number) * LINE, line, color=ink)


def _inks(paper: Paper) -> tuple[str, str]:
    return paper.style.theme.accent, paper.style.theme.muted


def _plot_positions(paper: Paper, groups: tuple[VectorGroup, VectorGroup], top: float) -> None:
    style, theme = paper.style, paper.style.theme
    paper.write(MARGIN, top + LINE / 2, "Position along the vector, each left out in turn, in latent units", muted=True)
    axes = add_axes(paper.figure, MARGIN + LABELS, top + LINE, POSITIONS - LABELS, PLOT_HEIGHT, style)
    axes.axvline(0, color=theme.text, linewidth=style.points(1))
    for number, group in enumerate(groups):
        row = 1 - number
        known = np.isfinite(group.positions)
        # A fixed spread, so that equal figures are equal files.
        heights = row + JITTER * np.random.default_rng(number).uniform(-1, 1, len(group.positions))
        for right in (True, False):
            chosen = known & (group.right == right)
            axes.plot(
                group.positions[chosen], heights[chosen], "o", markersize=style.points(4.5), color=_inks(paper)[number],
                markerfacecolor=_inks(paper)[number] if right else "none", linewidth=0, rasterized=chosen.sum() > 2000,
            )  # fmt: skip
        middle = top + LINE + PLOT_HEIGHT * (0.25 + 0.5 * number)
        paper.write(MARGIN, middle - LINE / 3, paper.fitted(group.name, LABELS - GAP))
        paper.write(MARGIN, middle + LINE / 2, f"{int(group.right.sum()):,} of {group.tested:,} right", muted=True)
    axes.set_ylim(-0.5, 1.5)
    axes.set_yticks([])


def _plot_angles(paper: Paper, vector: AttributeVector, top: float) -> None:
    style, theme = paper.style, paper.style.theme
    left = MARGIN + POSITIONS + 3 * MARGIN
    paper.write(left, top + LINE / 2, "Angle to the vector, bootstrap", muted=True)
    angles = Absent("") if vector.certainty is None else vector.certainty.angles
    if isinstance(angles, Absent):
        paper.write(left, top + LINE + PLOT_HEIGHT / 2, "not defined: a group has one member", muted=True)
        return
    counts, edges = angle_histogram(angles)
    axes = add_axes(paper.figure, left, top + LINE, WIDTH - MARGIN - left, PLOT_HEIGHT, style)
    wide = float(np.percentile(angles, 95))
    inks = [theme.accent if edge < wide else theme.edge for edge in edges[:-1]]
    axes.bar(edges[:-1], counts, np.diff(edges), align="edge", color=inks, linewidth=0)
    axes.axvline(wide, color=theme.text, linewidth=style.points(1))
    # On the side of the line that has room.
    axes.text(
        wide, 1.0, f" 95 %: {degrees(wide)} ", color=theme.text, fontsize=style.text, va="top",
        ha="left" if wide < 0.6 * edges[-1] else "right", transform=axes.get_xaxis_transform(),
    )  # fmt: skip
    axes.set_yticks([])
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}°")


def _side(applied: AppliedVector) -> float:
    """Return the side of a picture of the strip in pixels."""
    count = len(applied.strengths)
    return max(16.0, min(160.0, (WIDTH - 2 * MARGIN - (count - 1) * GAP) / count))


def _draw_strip(paper: Paper, applied: AppliedVector, name: str, top: float) -> None:
    style, theme, side, count = paper.style, paper.style.theme, _side(applied), len(applied.strengths)
    nearest = applied.nearest
    paper.write(MARGIN, top + LINE / 2, f"{name} + strength × vector, decoded", weight="bold")
    if isinstance(nearest, NearestCodes) and nearest.no_data.any():
        paper.write(WIDTH - MARGIN, top + LINE / 2, "underlined: no data here", color=theme.warning, ha="right")
    below = top + LINE + side + GAP
    for step, (strength, decode) in enumerate(zip(applied.strengths, applied.decodes, strict=True)):
        left = MARGIN + step * (side + GAP)
        paper.draw(decode, left, top + LINE + GAP / 2, side)
        if isinstance(nearest, NearestCodes) and nearest.no_data[step]:
            line = Line2D([left, left + side], [below, below], color=theme.warning, linewidth=style.points(3))
            paper.axes.add_artist(line)
        paper.write(left + side / 2, below + LINE / 2, f"{strength:g}".replace("-", "−"), ha="center")
    words = nearest.why if isinstance(nearest, Absent) else "Distance to the nearest code, latent units"
    paper.write(MARGIN, below + 1.6 * LINE, words, muted=True)
    if isinstance(nearest, NearestCodes):
        width = (count - 1) * (side + GAP)
        axes = add_axes(paper.figure, MARGIN + side / 2, below + 2.1 * LINE, width, CURVE_HEIGHT, style)
        _plot_distances(axes, nearest, style)


def _plot_distances(axes: Axes, nearest: NearestCodes, style: PlotStyle) -> None:
    theme, steps = style.theme, np.arange(len(nearest.distances))
    axes.plot(steps, nearest.distances, color=theme.accent, linewidth=style.points(2), marker="o", markersize=3)
    # Each step under the centre of its picture.
    axes.set_xlim(0, max(1, len(steps) - 1))
    axes.set_xticks([])
    # Equal limits would make matplotlib warn.
    axes.set_ylim(0, max(1e-9, 1.15 * float(nearest.distances.max())))
    if np.isfinite(nearest.typical):
        axes.axhline(nearest.typical, color=theme.warning, linestyle="--", linewidth=style.points(1))
        label = f"95 % of samples have a neighbour within {nearest.typical:.3g}"
        axes.set_ylim(0, 1.3 * max(float(nearest.distances.max()), nearest.typical))
        axes.annotate(
            label, (0.5, nearest.typical), xycoords=axes.get_yaxis_transform(), xytext=(0, 2), ha="center", va="bottom",
            textcoords="offset points", color=theme.warning, fontsize=0.85 * style.text,
        )  # fmt: skip

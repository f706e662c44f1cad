"""Comparison of runs: one plot per figure (such as the ELBO), with a dot and its error for each run."""

import textwrap
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from explorer.export.comparison import Cell, Comparison, ComparisonLine
from explorer.plot.figures import TEXT_PIXELS, PlotStyle, add_axes, as_written, new_figure, style_for, write

COLUMNS = 3
WIDTH = 400
"""Width of a plot with the names of the runs, in pixels."""
RIGHT, TOP, FOOT, RUN = 1.4, 2.6, 3.4, 2.1
"""Margins of a plot and room per run, in heights of text."""
MAX_NAME = 22
"""Maximum letters of the name of a run; a longer one is shortened in its middle."""


def new_comparison(comparison: Comparison, *, dark: bool = False) -> Figure:
    """Return a matplotlib figure with a plot for each figure that at least one run has."""
    style, lines = style_for(640, dark=dark), drawn_lines(comparison)
    em = TEXT_PIXELS * style.scale
    columns = min(COLUMNS, max(1, len(lines)))
    # −(−a // b) rounds up: a last row may be incomplete.
    rows, height = -(-max(1, len(lines)) // columns), panel_height(len(comparison.runs))
    # The mean width of a letter is about 0.58 heights of text, so the longest name sets the margin.
    left = (1.2 + 0.58 * max(len(_cut(name)) for name in comparison.runs)) * em
    said = textwrap.wrap(comparison.why_unmarked or f"★ {comparison.rule}", round(columns * WIDTH / (0.52 * em)))
    rule = (1.2 * len(said) + 0.6) * em
    figure = new_figure(columns * WIDTH, rows * height + rule, style)
    for index, line in enumerate(lines):
        row, column = divmod(index, columns)
        size = (WIDTH - left - RIGHT * em, height - (TOP + FOOT) * em)
        axes = add_axes(figure, column * WIDTH + left, row * height + TOP * em, *size, style)
        draw_comparison(axes, line, comparison.runs, style)
    note = figure.text(em / (columns * WIDTH), 0.6 * em / (rows * height + rule), "\n".join(said))
    as_written(note).set(color=style.theme.muted, fontsize=style.points(11))
    return figure


def panel_height(runs: int) -> float:
    """Return the height in pixels of a plot of ``runs`` runs, with title and axis."""
    return (TOP + FOOT + RUN * (runs + 0.4)) * TEXT_PIXELS


def drawn_lines(comparison: Comparison) -> list[ComparisonLine]:
    """Return the lines of the figures that at least one run has a number for."""
    figures = [line for line in comparison.lines if line.kind == "figure"]
    return [line for line in figures if any(_value(cell) is not None for cell in line.cells)]


def draw_comparison(axes: Axes, line: ComparisonLine, runs: Sequence[str], style: PlotStyle) -> None:
    """Draw one figure: a dot and its error for each run, first run on top; better ones are filled and have a star."""
    theme = style.theme
    for index, cell in enumerate(line.cells):
        value = _value(cell)
        if value is None:
            write(
                axes, 0.02, index, _short(cell.text), style, va="center", fontsize=style.points(11),
                transform=axes.get_yaxis_transform(),
            )  # fmt: skip
            continue
        fill = theme.accent if cell.better else theme.plane
        axes.errorbar(
            value, index, xerr=cell.error, color=theme.accent, marker="o", markersize=style.points(7),
            markerfacecolor=fill, markeredgewidth=style.points(1.6), elinewidth=style.points(1.6),
            capsize=style.points(3),
        )  # fmt: skip
        star = f"{cell.text} ★" if cell.better else cell.text
        note = axes.annotate(
            star, (value, index), (0, style.points(8)), textcoords="offset points", ha="center", va="bottom",
            fontsize=style.points(10), color=theme.text if cell.better else theme.muted,
        )  # fmt: skip
        as_written(note)
    axes.set_yticks(range(len(runs)), [_cut(run) for run in runs])
    # From high to low, so that the first run is on top.
    axes.set_ylim(len(runs) - 0.4, -0.8)
    # Room for the texts above the outermost dots.
    axes.margins(x=0.25)
    axes.xaxis.set_major_locator(MaxNLocator(3))
    axes.grid(axis="y", color=theme.line, linewidth=style.points(1))
    axes.set_axisbelow(True)
    title = axes.set_title(
        line.title, loc="left", fontsize=style.text, color=theme.text,
    )  # fmt: skip
    unit = axes.set_xlabel(line.unit)
    for text in (title, unit, *axes.get_yticklabels()):
        as_written(text)


def _value(cell: Cell) -> float | None:
    """Return the number of a cell; None if it has none."""
    # bool is a subclass of int, but a setting that is True cannot be plotted.
    is_number = isinstance(cell.value, int | float) and not isinstance(cell.value, bool)
    return float(cell.value) if is_number and not cell.absent else None


def _short(text: str) -> str:
    return text if len(text) <= 36 else f"{text[:35]}…"


def _cut(name: str) -> str:
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME // 2]}…{name[-MAX_NAME // 2 + 1 :]}"

"""Training curves: one term of the loss per plot, for one run or several."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from explorer.models.terms import KNOWN, NATS, Term, plain_term
from explorer.plot.figures import TEXT_PIXELS, PlotStyle, add_axes, as_written, new_figure, style_for
from explorer.runs.history import History

COLUMNS = 3
WIDTH, HEIGHT = 400, 300
"""Size of a plot with its axes, in pixels."""
LEFT, RIGHT, TOP, FOOT = 5.4, 1.0, 2.4, 3.6
"""Margins of a plot, in heights of text."""
STEEP_SHARE, STEEP_FACTOR = 0.1, 2.0
"""The first share of the epochs is left out of the vertical range if the range would otherwise be this much larger."""
MAGNITUDE = 1e4
"""A curve this many times as large as another does not set the range; its last value is written at the top."""


@dataclass(frozen=True, eq=False)
class RunCurves:
    """Name and history of a run, and the descriptions of its terms by its model family."""

    name: str
    history: History
    terms: tuple[Term, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all logged terms, the loss first."""
        return tuple(
            dict.fromkeys(name for metric in self.history.metrics for name in (*metric.terms, *metric.figures))
        )

    def term(self, name: str) -> Term | None:
        """Return the description of a term; None if the run has not logged it."""
        if name not in self.names:
            return None
        described = {term.name: term for term in self.terms}
        is_figure = any(name in metric.figures for metric in self.history.metrics)
        return described.get(name) or KNOWN.get(name) or plain_term(name, "" if is_figure else NATS)

    def curve(self, name: str, split: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the epochs and values of a term on a split; figures of the weights count as validation."""
        epochs, values = self.history.curve(split, name)
        return self.history.figure_curve(name) if not len(epochs) and split == "validation" else (epochs, values)


def new_curves(runs: Sequence[RunCurves], *, dark: bool = False) -> Figure:
    """Return a figure with a plot for each term that at least one run has logged."""
    style = style_for(640, dark=dark)
    names = tuple(dict.fromkeys(name for run in runs for name in run.names)) or ("total",)
    columns = min(COLUMNS, len(names))
    rows = -(-len(names) // columns)
    figure, em = new_figure(columns * WIDTH, rows * HEIGHT, style), TEXT_PIXELS * style.scale
    for index, name in enumerate(names):
        row, column = divmod(index, columns)
        left, top = column * WIDTH + LEFT * em, row * HEIGHT + TOP * em
        axes = add_axes(figure, left, top, WIDTH - (LEFT + RIGHT) * em, HEIGHT - (TOP + FOOT) * em, style)
        draw_curves(axes, runs, name, style, legend=index == 0)
    return figure


def draw_curves(
    axes: Axes, runs: Sequence[RunCurves], name: str, style: PlotStyle, *, legend: bool = True, log: bool = False
) -> None:
    """Draw one term over epochs: validation thick, training thin and pale; one colour per run."""
    count = len(runs)
    colours = [style.theme.accent] if count == 1 else [style.class_colour(index, count) for index in range(count)]
    drawn = []
    for run, colour in zip(runs, colours, strict=True):
        for split, width, opacity in (("train", 1.0, 0.55), ("validation", 1.8, 1.0)):
            epochs, values = run.curve(name, split)
            if len(epochs):
                # One legend entry per run. Matplotlib leaves out labels that begin with an underscore.
                label = split if count == 1 else run.name if split == "validation" else "_nolegend_"
                axes.plot(epochs, values, color=colour, linewidth=style.points(width), alpha=opacity, label=label)
                drawn.append((epochs, values))
    term = next((term for run in runs if (term := run.term(name)) is not None), plain_term(name))
    title = axes.set_title(term.heading, loc="left", fontsize=style.text, color=style.theme.text, weight="bold")
    axes.set_xlabel("epoch")
    axes.set_ylabel(term.unit)
    for text in (title, axes.yaxis.label):
        as_written(text)
    axes.grid(axis="y", color=style.theme.line, linewidth=style.points(1))
    axes.set_axisbelow(True)
    if log:
        axes.set_yscale("log")
    else:
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        kept, beyond = _of_one_magnitude(drawn)
        _fit(axes, kept, has_others=bool(beyond))
        if beyond:
            largest = max(beyond, key=abs)
            arrow = "↑" if largest > 0 else "↓"
            axes.set_title(f"{largest:.3g} {arrow}", loc="right", fontsize=style.text, color=style.theme.muted)
    if not drawn:
        axes.text(0.5, 0.5, "nothing logged", transform=axes.transAxes, ha="center", color=style.theme.muted)
    elif legend:
        box = axes.legend(fontsize=style.text, frameon=False, labelcolor=style.theme.muted)
        for text in box.get_texts():
            as_written(text)


def _of_one_magnitude(
    curves: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]],
) -> tuple[list[tuple[NDArray[np.float64], NDArray[np.float64]]], list[float]]:
    """Return the curves that set the range, and the last finite values of those that would flatten them."""
    finite = [values[np.isfinite(values)] for _, values in curves]
    sizes = [max(1.0, float(np.median(np.abs(values)))) if len(values) else 1.0 for values in finite]
    is_kept = [size <= MAGNITUDE * min(sizes) for size in sizes]
    kept = [curve for curve, keep in zip(curves, is_kept, strict=True) if keep]
    return kept, [float(values[-1]) for values, keep in zip(finite, is_kept, strict=True) if not keep]


def _fit(axes: Axes, curves: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]], *, has_others: bool) -> None:
    """Set the vertical range to the curves without their steep beginning, if that would flatten the rest.

    ``has_others`` says that more curves are drawn, which must not set the range.
    """
    finite = [(epochs[np.isfinite(values)], values[np.isfinite(values)]) for epochs, values in curves]
    # With fewer than 8 points the first tenth is not distinguishable from the rest.
    late = [values[epochs >= STEEP_SHARE * epochs.max()] for epochs, values in finite if len(epochs) >= 8]
    everything = np.concatenate([np.empty(0), *(values for _, values in finite)])
    rest = np.concatenate([np.empty(0), *late])
    # ptp is maximum − minimum. A constant rest, of range 0, keeps the full range.
    if not (len(rest) and np.ptp(everything) > STEEP_FACTOR * np.ptp(rest) > 0):
        rest = everything if has_others else np.empty(0)
    if len(rest) and np.ptp(rest) > 0:
        margin = 0.06 * float(np.ptp(rest))
        axes.set_ylim(float(rest.min()) - margin, float(rest.max()) + margin)

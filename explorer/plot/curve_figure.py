"""Curves of trainings as figures: one term of the loss on one pair of axes, for one run or several."""

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
"""Of one plot with its axes, in pixels."""
LEFT, RIGHT, TOP, FOOT = 5.4, 1.0, 2.4, 3.6
"""Room around a plot, in heights of text."""
STEEP_SHARE, STEEP_FACTOR = 0.1, 2.0
"""The first part of a training; its fall is left out of the range where it would squeeze the rest to less than half."""


@dataclass(frozen=True, eq=False)
class RunCurves:
    """A run's name, its history, and what its family says of its terms."""

    name: str
    history: History
    terms: tuple[Term, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all terms that it has logged, the loss first."""
        return tuple(
            dict.fromkeys(name for metric in self.history.metrics for name in (*metric.terms, *metric.figures))
        )

    def term(self, name: str) -> Term | None:
        """Return what is known of a term, or None for one that it has not logged."""
        if name not in self.names:
            return None
        described = {term.name: term for term in self.terms}
        is_figure = any(name in metric.figures for metric in self.history.metrics)
        return described.get(name) or KNOWN.get(name) or plain_term(name, "" if is_figure else NATS)

    def curve(self, name: str, split: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return epochs and values of a term on a split; what is observed of the weights counts as validation."""
        epochs, values = self.history.curve(split, name)
        return self.history.figure_curve(name) if not len(epochs) and split == "validation" else (epochs, values)


def new_curves(runs: Sequence[RunCurves], *, dark: bool = False) -> Figure:
    """Return a figure with a plot for each term that some run has logged."""
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
    """Draw one term over epochs: validation solid, training thin; one colour for each run."""
    count = len(runs)
    colours = [style.theme.accent] if count == 1 else [style.class_colour(index, count) for index in range(count)]
    drawn = []
    for run, colour in zip(runs, colours, strict=True):
        for split, width, opacity in (("train", 1.0, 0.55), ("validation", 1.8, 1.0)):
            epochs, values = run.curve(name, split)
            if len(epochs):
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
        _fit(axes, drawn)
    if not drawn:
        axes.text(0.5, 0.5, "nothing logged", transform=axes.transAxes, ha="center", color=style.theme.muted)
    elif legend:
        box = axes.legend(fontsize=style.text, frameon=False, labelcolor=style.theme.muted)
        for text in box.get_texts():
            as_written(text)


def _fit(axes: Axes, curves: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> None:
    """Leave the steep beginning out of the range where it would squeeze the rest."""
    finite = [(epochs[np.isfinite(values)], values[np.isfinite(values)]) for epochs, values in curves]
    late = [values[epochs >= STEEP_SHARE * epochs.max()] for epochs, values in finite if len(epochs) >= 8]
    everything = np.concatenate([np.empty(0), *(values for _, values in finite)])
    rest = np.concatenate([np.empty(0), *late])
    if len(rest) and np.ptp(everything) > STEEP_FACTOR * np.ptp(rest) > 0:
        margin = 0.06 * float(np.ptp(rest))
        axes.set_ylim(float(rest.min()) - margin, float(rest.max()) + margin)

"""Figures of runs, for scripts and notebooks: `plane`, `curves`, `manifold`, `posterior`, `comparison` and `path`.

Each function draws on the given matplotlib axes, or on a new figure of its own, and returns the axes:

>>> run = explorer.load("checkpoints/digits-vae")  # doctest: +SKIP
>>> explorer.plot.plane(run, overlays=["contours"]).figure.savefig("plane.pdf")  # doctest: +SKIP

1. A function gets plain values from the run: `explorer.plot.contents.PlaneContents`, a history, decodes.
2. Without ``ax`` it makes a figure of the requested size, with axes at fixed distances in pixels.
3. The style (`explorer.plot.figures.PlotStyle`) follows ``dark``. Without it a new figure is light, and given axes
   keep the theme of their background.
4. The drawing module of the kind of figure draws on the axes. `save` writes the figure.

Matplotlib is imported when the first figure is drawn.
"""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from numpy.typing import ArrayLike

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from explorer.data.dataset import Description
    from explorer.export.comparison import Comparison
    from explorer.latent.bound.sample_bound import SampleBound
    from explorer.latent.paths.path_answer import PathAnswer
    from explorer.models.terms import Term
    from explorer.plot.contents import PlaneContents
    from explorer.plot.decodes.sheets import DrawingSheet
    from explorer.runs.history import History
    from explorer.session import Method

__all__ = ["comparison", "curves", "manifold", "path", "plane", "posterior", "save"]

SIDE = 640
"""Default width and height of a new figure in pixels."""


class PlottedRun(Protocol):
    """What figures need from a run, such as an `explorer.api.LoadedRun`, which `explorer.load` returns."""

    @property
    def name(self) -> str:
        """Name of the run."""

    @property
    def description(self) -> "Description":
        """Description of its samples."""

    @property
    def history(self) -> "History":
        """Its training history."""

    @property
    def terms(self) -> "tuple[Term, ...]":
        """Titles and units of its curves, from its model family."""

    def plane(
        self,
        overlays: Sequence[str] = (),
        *,
        box: tuple[float, float, float, float] | None = None,
        samples: Sequence[int] = (),
        condition: str | int = "",
        size: int = SIDE,
        colour_by: str = "class",
    ) -> "PlaneContents":
        """Return its plane with overlays."""

    def manifold_codes(self, count: int) -> "NDArray[np.float32]":
        """Return codes at the quantiles of its prior, ``(n, latent_dim)``."""

    def decode(self, z: ArrayLike, condition: Any = None) -> "NDArray[np.float32]":
        """Return the decodes of codes, ``(n, *shape)``."""

    def follow_path(
        self, waypoints: Sequence[int | ArrayLike], methods: "Sequence[Method]" = ("straight",), **options: Any
    ) -> "PathAnswer":
        """Return the path through samples or codes by each method."""

    def bound(self, sample: int) -> "SampleBound":
        """Return log p(x) of a sample and its true posterior."""

    def compare(self, *others: Any) -> "Comparison":
        """Return the comparison of this run with others."""


def plane(
    run: PlottedRun,
    ax: "Axes | None" = None,
    overlays: Sequence[str] = (),
    *,
    box: tuple[float, float, float, float] | None = None,
    samples: Sequence[int] = (),
    condition: str | int = "",
    size: int = SIDE,
    colour_by: str = "class",
    dark: bool | None = None,
    legend: bool = True,
) -> "Axes":
    """Draw the latent plane of a run: the codes of all samples in colours, and overlays.

    Parameters
    ----------
    run
        A run, as returned by `explorer.load`.
    ax
        Axes to draw on; by default those of a new figure.
    overlays
        Names such as ``"contours"``, ``"manifold"`` and ``"regions"``; docs/overlays.md shows all.
    box
        Left, right, bottom and top in latent units; by default a square that shows 99 % of the codes.
    samples
        Samples to mark, by index. The first is the probed sample, all are selected; some overlays show only these.
    condition
        Class that points are decoded as by a conditional model, by name or index.
    size
        Width and height of a new figure in pixels, at 100 per inch; also the resolution of overlays.
    colour_by
        What the colours show: ``"class"``, ``"density"``, ``"reconstruction"``, or a column of the data by name.
    legend
        Whether to say what the colours mean: the classes with the numbers of their samples, or a colour scale; on a new
        figure also what the lines of the overlays mean.

    Raises
    ------
    ConfigError
        For an overlay that is unknown, not defined for the run, or has nothing to show.
    """
    from explorer.plot.figures import style_of
    from explorer.plot.plane_figure import draw_legend, draw_plane, new_plane

    contents = run.plane(
        tuple(overlays), box=box, samples=tuple(samples), condition=condition, size=size, colour_by=colour_by
    )
    if ax is None:
        return new_plane(contents, size, dark=bool(dark), legend=legend).axes[0]
    style = style_of(ax, dark)
    draw_plane(ax, contents, style)
    ax.set_title(contents.title, loc="left", pad=style.points(18)).set_parse_math(False)
    if legend:
        draw_legend(ax, contents, style)
    return ax


def curves(
    run: PlottedRun | Sequence[PlottedRun],
    term: str = "total",
    ax: "Axes | None" = None,
    *,
    log: bool = False,
    dark: bool | None = None,
) -> "Axes":
    """Draw a term of the loss over the epochs of training, for one run or several.

    Parameters
    ----------
    term
        ``"total"`` (the loss), ``"reconstruction"``, ``"kl"`` and so on, in nats per sample; or a figure that the model
        computes from its weights, in its own unit.
    log
        Whether the vertical axis is logarithmic.

    Raises
    ------
    ConfigError
        For a term that no run has logged.
    """
    from explorer.config import ConfigError
    from explorer.plot.curve_figure import HEIGHT, WIDTH, RunCurves, draw_curves
    from explorer.plot.figures import new_axes, style_of

    runs = [run] if not isinstance(run, Sequence) else run
    drawn = [RunCurves(one.name, one.history, one.terms) for one in runs]
    # dict.fromkeys keeps the order in which the first run logged its terms.
    known = list(dict.fromkeys(name for one in drawn for name in one.names))
    if term not in known:
        raise ConfigError(
            f"term {term!r}: {'choose from ' + ', '.join(known) if known else 'no curves are logged yet'}"
        )
    axes = new_axes(1.5 * WIDTH, 1.5 * HEIGHT, dark=bool(dark)) if ax is None else ax
    draw_curves(axes, drawn, term, style_of(axes, dark), log=log)
    return axes


def manifold(
    run: PlottedRun,
    ax: "Axes | None" = None,
    *,
    count: int = 20,
    condition: str | int = "",
    size: int = SIDE,
    dark: bool | None = None,
) -> "Axes":
    """Draw decodes at the quantiles of the prior: ``count`` × ``count`` decodes, each for an equal share of p(z).

    z₁ increases to the right and z₂ upwards; further dimensions are 0. One latent dimension has one row.

    Raises
    ------
    ConfigError
        For a model without a standard normal prior.
    """
    from explorer.plot.figures import style_of
    from explorer.plot.manifold_figure import draw_manifold, new_manifold

    decodes = run.decode(run.manifold_codes(count), None if condition == "" else condition)
    if ax is None:
        return new_manifold(decodes, run.description, count, size, title=run.name, dark=bool(dark)).axes[0]
    draw_manifold(ax, decodes, run.description, count, style_of(ax, dark))
    return ax


def posterior(
    run: PlottedRun, sample: int, ax: "Axes | None" = None, *, size: int = 480, dark: bool | None = None
) -> "Axes":
    """Draw the true posterior p(z|x) of a sample under the encoder's q(z|x), with log p(x) = ELBO + gap in nats.

    Both are outlined at 1 and 2 σ, which contain 39.3 % and 86.5 %. With one dimension both are density curves.

    Raises
    ------
    ConfigError
        For a model without p(x) or with more than two latent dimensions: a grid would need 200^latent_dim decodes.
    """
    from explorer.config import ConfigError
    from explorer.plot.figures import style_of
    from explorer.plot.posterior_figure import draw_posterior, new_posterior

    bound = run.bound(sample)
    if bound.posterior is None:
        raise ConfigError(f"{run.name}: p(z|x) is drawn in one or two latent dimensions; it has {bound.latent_dim}")
    if ax is None:
        return new_posterior(bound, size, dark=bool(dark)).axes[0]
    draw_posterior(ax, bound, style_of(ax, dark))
    return ax


def comparison(
    runs: Sequence[PlottedRun], figure: str, ax: "Axes | None" = None, *, dark: bool | None = None
) -> "Axes":
    """Draw one figure of several runs, such as ``"log_likelihood"``, as a dot with its error for each run.

    The dots of the better runs are filled and have a star, if the runs are comparable. Figures that are not stored with
    the runs are measured first, on the test split.

    Raises
    ------
    ConfigError
        For a figure that is unknown, or that none of the runs has.
    """
    from explorer.config import ConfigError
    from explorer.plot.comparison_figure import draw_comparison, drawn_lines, panel_height
    from explorer.plot.figures import new_axes, style_of

    first, *others = runs
    found = first.compare(*others)
    lines = {line.name: line for line in drawn_lines(found)}
    if figure not in lines:
        raise ConfigError(f"figure {figure!r}: choose from {', '.join(lines)}")
    axes = new_axes(SIDE, 1.3 * panel_height(len(found.runs)), dark=bool(dark), left=12) if ax is None else ax
    draw_comparison(axes, lines[figure], found.runs, style_of(axes, dark))
    return axes


def path(
    run: PlottedRun,
    waypoints: Sequence[int | ArrayLike],
    ax: "Axes | None" = None,
    *,
    steps: int = 8,
    method: "Method" = "straight",
    closed: bool = False,
    condition: str | int = "",
    size: int = 120,
    dark: bool | None = None,
) -> "Axes":
    """Draw the decodes along a path through samples or codes as a strip, each with its t from 0 to 1.

    Parameters
    ----------
    waypoints
        At least two: indices of samples, or codes of ``latent_dim`` numbers.
    steps
        Number of equal steps; there is one more decode.
    method
        ``"straight"``, ``"spherical"`` (along circles around 0), ``"spline"`` or ``"geodesic"``.
    closed
        Whether the last waypoint is joined to the first.
    size
        Width and height of a decode in pixels, at most; pictures are enlarged by whole factors.

    Raises
    ------
    ConfigError
        If a waypoint is not possible, or the method is not defined for the model.
    """
    from explorer.plot.decodes.sheets import draw_sheet, new_sheet
    from explorer.plot.figures import style_of

    sheet = _path_sheet(run, waypoints, method, size, condition, closed=closed, steps=steps)
    if ax is None:
        return new_sheet(sheet, dark=bool(dark)).axes[0]
    draw_sheet(ax, sheet, style_of(ax, dark))
    return ax


def _path_sheet(
    run: PlottedRun,
    waypoints: Sequence[int | ArrayLike],
    method: "Method",
    size: int,
    condition: str | int,
    **options: Any,
) -> "DrawingSheet":
    from explorer.config import ConfigError
    from explorer.latent.steps import Absent
    from explorer.plot.decodes.sheets import path_sheet

    # Not `condition or None`, which would take class 0 for no class.
    chosen = None if condition == "" else condition
    (row,) = run.follow_path(waypoints, (method,), condition=chosen, measured=False, **options).rows
    if isinstance(row, Absent):
        raise ConfigError(f"{run.name}: a {method} path is not defined: {row.why}")
    return path_sheet(row.decodes, run.description, size)


def save(axes: "Axes | Figure", file: str | PathLike[str]) -> None:
    """Write a figure, or the figure of axes, as PNG, SVG or PDF; an existing file is replaced only by a complete one.

    Raises
    ------
    ConfigError
        For a name with another ending.
    """
    from matplotlib.figure import Figure

    from explorer.config import ConfigError
    from explorer.plot.figures import KINDS, save_figure

    out, figure = Path(file), axes if isinstance(axes, Figure) else axes.get_figure(root=True)
    if out.suffix.lower() not in KINDS or figure is None:
        raise ConfigError(f"{out}: its name must end in {', '.join(KINDS)}")
    save_figure(out, figure)

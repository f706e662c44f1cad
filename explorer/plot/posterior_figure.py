"""The true posterior p(z|x) of one sample under q(z|x) of the encoder, as a figure."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from explorer.latent.bound.sample_bound import SampleBound
from explorer.latent.bound.true_posterior import SIGMAS, PosteriorShape, shape_of
from explorer.latent.plane.box import Box
from explorer.latent.plane.ellipses import ellipses
from explorer.plot.figures import (
    TEXT_PIXELS,
    USUAL_SIZE,
    PlotStyle,
    add_axes,
    as_written,
    name_upward_axis,
    new_figure,
    style_for,
)
from explorer.plot.samples import add_image
from explorer.rendering.drawing import number

CORNERS = 144
"""Corners of the ellipses of q(z|x), which may fill the picture."""
LEFT, RIGHT, TOP, FOOT = 4.2, 1.2, 4.4, 3.4
"""Margins of the axes, in heights of text."""
OPACITY = 0.75
"""Opacity of the highest density."""
REACH = 2.4
"""Minimum standard deviations of q(z|x) inside the picture."""


def new_posterior(bound: SampleBound, size: int, *, dark: bool = False) -> Figure:
    """Return a figure of ``size`` × ``size`` pixels with the bound of one sample, computed on a grid."""
    style = style_for(max(USUAL_SIZE, 1.33 * size), dark=dark)
    figure, em = new_figure(size, size, style), TEXT_PIXELS * style.scale
    axes = add_axes(figure, LEFT * em, TOP * em, size - (LEFT + RIGHT) * em, size - (TOP + FOOT) * em, style)
    draw_posterior(axes, bound, style)
    return figure


def draw_posterior(axes: Axes, bound: SampleBound, style: PlotStyle) -> None:
    """Draw p(z|x), shaded and outlined at 1 and 2 σ, with q(z|x) over it; in one dimension both as curves.

    Raises
    ------
    ValueError
        For a bound without a grid, as in more than two dimensions.
    """
    if bound.posterior is None:
        raise ValueError("p(z|x) is computed on a grid only in one or two latent dimensions")
    shape = shape_of(bound.posterior)
    if bound.latent_dim == 2:
        _draw_plane(axes, bound, shape, style)
    else:
        _draw_curves(axes, bound, shape, style)
    looks: dict[str, Any] = {"fontsize": style.text, "color": style.theme.text}
    text = "\n".join(bound_words(bound))
    as_written(axes.set_title(text, loc="left", pad=style.points(18), **looks))
    names = [("p(z|x)", style.theme.accent)]
    if bound.q_covariance is not None:
        names.append(("q(z|x)", style.theme.text))
    handles = [Line2D([], [], color=colour, linewidth=style.points(1.6), label=name) for name, colour in names]
    axes.legend(handles=handles, loc="upper right", fontsize=style.text, frameon=False, labelcolor=style.theme.muted)


def bound_words(bound: SampleBound) -> tuple[str, str]:
    """Return the bound of one sample as two lines of text, in nats."""
    found = f"log p(x) = {number(bound.log_likelihood, 5)} ± {number(bound.error, 2)} nats"
    if bound.elbo is None or bound.gap is None:
        return f"sample {bound.sample}: {found}", "q(z|x) is a point, so there is no ELBO"
    return (
        f"sample {bound.sample}: {found}",
        f"= ELBO {number(bound.elbo, 5)} + gap {number(bound.gap, 3)}",
    )


def _draw_plane(axes: Axes, bound: SampleBound, shape: PosteriorShape, style: PlotStyle) -> None:
    low, high = shape.low, shape.high
    shading = np.empty((*shape.density.shape, 4))
    shading[..., :3] = to_rgb(style.theme.accent)
    shading[..., 3] = OPACITY * shape.density
    box = Box(float(low[0]), float(high[0]), float(low[1]), float(high[1]))
    add_image(axes, shading[::-1], box, zorder=1, smooth=True)
    for lines, opacity in zip(shape.outlines, (1.0, 0.75), strict=True):
        _add_lines(axes, list(lines), style.theme.accent, style.points(1.4), opacity)
    if bound.q_mean is not None and bound.q_covariance is not None:
        mean, covariance = bound.q_mean[None], bound.q_covariance[None]
        outlines = [ellipses(mean, covariance, sigma, 0.0, CORNERS)[0] for sigma in SIGMAS]
        _add_lines(axes, outlines, style.theme.text, style.points(1.6), 1.0)
        reach = REACH * np.sqrt(bound.q_covariance.diagonal())
        low, high = np.minimum(low, bound.q_mean - reach), np.maximum(high, bound.q_mean + reach)
    # Extend the shorter side, so that nothing is cut off at the equal aspect.
    room = np.array(axes.get_window_extent().size)
    middle, half = (low + high) / 2, room * float(((high - low) / room).max()) / 2
    low, high = middle - half, middle + half
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xlabel="z₁")
    name_upward_axis(axes, "z₂", style)
    axes.set_aspect("equal", adjustable="box")


def _add_lines(axes: Axes, lines: list[NDArray[np.float64]], colour: str, width: float, opacity: float) -> None:
    axes.add_collection(LineCollection(lines, colors=colour, linewidths=width, alpha=opacity, zorder=2), autolim=False)


def _draw_curves(axes: Axes, bound: SampleBound, shape: PosteriorShape, style: PlotStyle) -> None:
    """Draw both densities over z, in 1 / latent unit."""
    assert bound.posterior is not None
    low, high = float(shape.low[0]), float(shape.high[0])
    # The shape is relative to its highest density; q needs both in the same unit.
    peak = float(np.exp(bound.posterior.log_density.max()))
    axes.fill_between(shape.axes[0], shape.density * peak, color=style.theme.accent, alpha=0.15, linewidth=0)
    axes.plot(shape.axes[0], shape.density * peak, color=style.theme.accent, linewidth=style.points(1.8))
    if bound.q_mean is not None and bound.q_covariance is not None:
        mean, sigma = float(bound.q_mean[0]), float(np.sqrt(bound.q_covariance[0, 0]))
        low, high = min(low, mean - 3.5 * sigma), max(high, mean + 3.5 * sigma)
        # 400 points are finer than the pixels of the figure.
        z = np.linspace(low, high, 400)
        density = np.exp(-0.5 * ((z - mean) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))
        axes.plot(z, density, color=style.theme.text, linewidth=style.points(1.8))
    axes.set(xlim=(low, high), xlabel="z", ylabel="density per latent unit")
    axes.set_ylim(bottom=0)

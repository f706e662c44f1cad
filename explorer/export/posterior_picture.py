"""The true posterior of one sample under its q's ellipse, as a drawing."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.latent.bound.posterior_shape import SIGMAS, PosteriorShape, shape_of
from explorer.latent.bound.sample_bound import SampleBound
from explorer.rendering.drawing import Canvas, Drawing, Polyline, Shade, Words, number

HEAD, FOOT, LEFT, RIGHT = 3.4, 2.7, 3.6, 1.0
"""Room around the plot, in heights of text."""
SHADE = 0.75
"""How clear the highest density is."""
REACH = 2.4
"""Standard deviations of q that are in the picture at least."""
TURN = np.linspace(0, 2 * np.pi, 145)
Marks = Iterator[Words | Polyline | Shade]


@dataclass(frozen=True)
class _Plot:
    """A box of latent space and its place on the drawing; both axes have one scale."""

    left: float
    top: float
    scale: float
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def points(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where places (n, 2) are drawn."""
        across = self.left + (places[:, 0] - self.low[0]) * self.scale
        down = self.top + (self.high[1] - places[:, 1]) * self.scale
        return np.stack([across, down], axis=1)

    @property
    def right(self) -> float:
        return float(self.left + (self.high[0] - self.low[0]) * self.scale)

    @property
    def bottom(self) -> float:
        return float(self.top + (self.high[1] - self.low[1]) * self.scale)


def draw_posterior(bound: SampleBound, canvas: Canvas) -> Drawing:
    """Draw p(z|x) of a bound that was found on a grid: shaded, outlined at 1 and 2 σ, with q's own lines over it.

    In one dimension the densities are drawn as heights.
    """
    assert bound.posterior is not None
    shape = shape_of(bound.posterior)
    marks = _plane(bound, shape, canvas) if bound.latent_dim == 2 else _line(bound, shape, canvas)
    return Drawing(canvas.width, canvas.height, (*marks, *_words(bound, canvas)))


def bound_words(bound: SampleBound) -> tuple[str, str]:
    """Return the bound of one sample in two lines, in nats."""
    found = f"log p(x) = {number(bound.log_likelihood, 5)} ± {number(bound.error, 2)} nats"
    if bound.elbo is None or bound.gap is None:
        return f"sample {bound.sample}: {found}", "q(z|x) is a point, so that there is no ELBO"
    return (
        f"sample {bound.sample}: {found}",
        f"= ELBO {number(bound.elbo, 5)} + gap {number(bound.gap, 3)}",
    )


def _words(bound: SampleBound, canvas: Canvas) -> Marks:
    for place, text in enumerate(bound_words(bound)):
        yield Words(8, (0.85 + 1.25 * place) * canvas.line_height, text, "muted" if place else "text")
    x = canvas.width - 8
    for place, (name, ink) in enumerate((("p(z|x)", "accent"), ("q(z|x)", "text"))):
        y = (0.85 + 1.25 * place) * canvas.line_height
        yield Words(x, y, name, "muted", "right")
        end = x - canvas.text_width(name) - 6
        yield Polyline(np.array([(end - 22, y), (end, y)]), "accent" if ink == "accent" else "text", 1.6)


def _plane(bound: SampleBound, shape: PosteriorShape, canvas: Canvas) -> Marks:
    plot = _plot(bound, shape, canvas)
    corners = plot.points(np.stack([shape.low, shape.high]))
    yield Shade(
        float(corners[0, 0]),
        float(corners[1, 1]),
        float(corners[1, 0]),
        float(corners[0, 1]),
        SHADE * shape.density[::-1],
        "accent",
    )
    for lines, opacity in zip(shape.outlines, (1.0, 0.75), strict=True):
        for line in lines:
            yield Polyline(plot.points(line), "accent", 1.4, opacity)
    if bound.q_mean is not None and bound.q_covariance is not None:
        for sigma in SIGMAS:
            yield Polyline(plot.points(_ellipse(bound.q_mean, bound.q_covariance, sigma)), "text", 1.6)
    yield from _axes(plot, canvas)


def _ellipse(mean: NDArray[np.float64], covariance: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    circle = np.stack([np.cos(TURN), np.sin(TURN)], axis=1)
    ellipse: NDArray[np.float64] = mean + sigma * circle @ np.linalg.cholesky(covariance).T
    return ellipse


def _plot(bound: SampleBound, shape: PosteriorShape, canvas: Canvas) -> _Plot:
    low, high = shape.low, shape.high
    if bound.q_mean is not None and bound.q_covariance is not None:
        reach = REACH * np.sqrt(bound.q_covariance.diagonal())
        low, high = np.minimum(low, bound.q_mean - reach), np.maximum(high, bound.q_mean + reach)
    em = canvas.line_height
    left, top = LEFT * em, HEAD * em
    room = np.array([canvas.width - left - RIGHT * em, canvas.height - top - FOOT * em])
    scale = float((room / (high - low)).min())
    middle, half = (low + high) / 2, room / scale / 2
    return _Plot(left, top, scale, middle - half, middle + half)


def _axes(plot: _Plot, canvas: Canvas) -> Marks:
    em = canvas.line_height
    corner = [(plot.left, plot.top), (plot.left, plot.bottom), (plot.right, plot.bottom)]
    yield Polyline(np.array(corner, np.float64), "line")
    for value in _ticks(plot.low[0], plot.high[0]):
        x = float(plot.left + (value - plot.low[0]) * plot.scale)
        yield Polyline(np.array([(x, plot.bottom), (x, plot.bottom + 3)]), "line")
        yield Words(x, plot.bottom + 0.85 * em, number(value, 4), "muted", "middle")
    for value in _ticks(plot.low[1], plot.high[1]):
        y = float(plot.top + (plot.high[1] - value) * plot.scale)
        yield Polyline(np.array([(plot.left - 3, y), (plot.left, y)]), "line")
        yield Words(plot.left - 6, y, number(value, 4), "muted", "right")
    yield Words((plot.left + plot.right) / 2, plot.bottom + 2 * em, "z₁", "muted", "middle")
    yield Words(plot.left - 2.6 * em, plot.top + 0.4 * em, "z₂", "muted", "middle")


def _line(bound: SampleBound, shape: PosteriorShape, canvas: Canvas) -> Marks:
    """Draw the densities over z; both have the scale of the higher one."""
    assert bound.posterior is not None
    low, high = float(shape.low[0]), float(shape.high[0])
    peak = float(np.exp(bound.posterior.log_density.max()))
    curves = [(shape.axes[0], shape.density * peak)]
    if bound.q_mean is not None and bound.q_covariance is not None:
        mean, sigma = float(bound.q_mean[0]), float(np.sqrt(bound.q_covariance[0, 0]))
        low, high = min(low, mean - 3.5 * sigma), max(high, mean + 3.5 * sigma)
        z = np.linspace(low, high, 400)
        curves.append((z, np.exp(-0.5 * ((z - mean) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))))
    em = canvas.line_height
    left, right, top, bottom = LEFT * em, canvas.width - RIGHT * em, HEAD * em, canvas.height - FOOT * em
    highest = max(float(heights.max()) for _, heights in curves)
    yield Polyline(np.array([(left, top), (left, bottom), (right, bottom)]), "line")
    for value in _ticks(low, high):
        x = left + (value - low) / (high - low) * (right - left)
        yield Words(x, bottom + 0.85 * em, number(value, 4), "muted", "middle")
    yield Words((left + right) / 2, bottom + 2 * em, "z", "muted", "middle")
    yield Words(left - 6, top, number(highest, 3), "muted", "right")
    yield Words(left - 6, bottom, "0", "muted", "right")
    for place, (z, heights) in enumerate(curves):
        across = left + (z - low) / (high - low) * (right - left)
        points = np.stack([across, bottom - heights / highest * (bottom - top)], axis=1)
        yield Polyline(points, "text" if place else "accent", 1.8)


def _ticks(low: float, high: float) -> list[float]:
    """Return some round numbers of a range."""
    rough = (high - low) / 5
    size = 10.0 ** np.floor(np.log10(rough))
    step = size * next(factor for factor in (1, 2, 5, 10) if factor * size >= rough)
    first = np.ceil(low / step) * step
    return [float(round(value, 12)) + 0.0 for value in np.arange(first, high, step)]

"""The frames of a film: the plane of a run over its training, with decodes beside it.

1. `FilmPainter` draws everything that stays the same once: axes, names, head, captions.
2. `picture` moves the points of the same artists, replaces the decodes, and sets the text of the head.
3. The figure is drawn to pixels. Making a new figure for each frame would take about as long as drawing it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Text
from numpy.typing import NDArray

from explorer.latent.plane.box import Box
from explorer.plot.contents import PlaneContents
from explorer.plot.figures import TEXT_PIXELS, add_axes, as_written, new_figure, style_for, to_pixels, write
from explorer.plot.plane_figure import draw_axes, draw_points, point_colours
from explorer.plot.samples import draw_in_cell
from explorer.rendering.drawing import Pixels

GAP, CAPTION, HEAD = 4, 1.5, 3.0
"""Margin of a decode in pixels; height of its caption and of the head of the film, in heights of text."""
MIN_SIDE = 24
LEFT, RIGHT, FOOT = 3.6, 1.0, 3.4
"""Margins of the plane, in heights of text."""


@dataclass(frozen=True, eq=False)
class FilmFrame:
    """One frame: the points ``(n, 2)``, the decodes ``(k, *shape)`` beside them, and the text for epoch and step."""

    points: NDArray[np.float64]
    decodes: NDArray[Any] | None
    text: str


class FilmPainter:
    """Draws frames one after the other on one figure, in which the points move.

    Parameters
    ----------
    contents
        The plane of all frames; each frame replaces its points.
    captions
        Captions of the decodes, from the top; empty if there are none.
    size
        Width and height of the plane with its axes in pixels, an even number.
    """

    def __init__(self, contents: PlaneContents, captions: Sequence[str], size: int, *, dark: bool) -> None:
        self._style = style = style_for(size, dark=dark)
        self._about, self._em = contents.description, TEXT_PIXELS * style.scale
        side = self._side(size, len(captions))
        # Even, as H.264 needs an even height.
        head = 2 * round(HEAD * self._em / 2)
        self._size = (size + (side + 2 * GAP if captions else 0), size + head)
        self._figure = new_figure(*self._size, style)
        width, height = size - (LEFT + RIGHT) * self._em, size - FOOT * self._em
        axes = add_axes(self._figure, LEFT * self._em, head, width, height, style)
        draw_axes(axes, contents, style)
        self._colours = point_colours(contents, dark=dark)
        self._points = draw_points(axes, contents.points, self._colours, style)
        # One random order for all frames, so that overlapping points keep their order in depth from frame to frame.
        self._order = np.random.default_rng(0).permutation(len(contents.points))
        self._head(contents.title, self._em, "left").set(color=style.theme.text, weight="bold")
        self._step_text = self._head("", self._size[0] - self._em, "right")
        step = side + CAPTION * self._em + GAP
        top = head + max(0.0, (size - len(captions) * step) / 2)
        corners = [(size + GAP, top + index * step) for index in range(len(captions))]
        self._cells = [self._cell(corner, side, caption) for corner, caption in zip(corners, captions, strict=True)]

    def picture(self, frame: FilmFrame) -> Pixels:
        """Return the pixels of a frame, ``(height, width, 3)``; all frames have the same size."""
        # Codes of a diverged model are NaN, which would give a warning per point.
        order = self._order[np.isfinite(frame.points[self._order]).all(axis=1)]
        self._points.set_offsets(frame.points[order])
        self._points.set(facecolor=self._colours[order] / 255)
        self._step_text.set_text(frame.text)
        if frame.decodes is not None:
            for axes, decode in zip(self._cells, frame.decodes, strict=True):
                self._show(axes, decode)
        return to_pixels(self._figure)

    def _side(self, size: int, count: int) -> int:
        """Return the side of the square of a decode, an even number such that all fit in one column."""
        room = (size - GAP) // max(count, 1) - round(CAPTION * self._em) - GAP
        return int(max(MIN_SIDE, min(size // 3, room) // 2 * 2))

    def _head(self, content: str, x: float, side: str) -> Text:
        width, height = self._size
        up = 1 - self._em / height
        text = self._figure.text(x / width, up, content, va="center", ha=side, fontsize=self._style.text)
        text.set_color(self._style.theme.muted)
        return as_written(text)

    def _cell(self, corner: tuple[float, float], side: float, caption: str) -> Axes:
        """Return axes for a decode, in units of pixels, with its caption below."""
        axes = add_axes(self._figure, *corner, side, side, self._style)
        axes.set(xlim=(0, side), ylim=(0, side), autoscale_on=False)
        axes.set_axis_off()
        below = -CAPTION * self._em / 2
        write(axes, side / 2, below, caption, self._style, color=self._style.theme.text, ha="center", va="center")
        return axes

    def _show(self, axes: Axes, decode: NDArray[Any]) -> None:
        """Replace the decode on axes by another one."""
        # All but the first text, which is the caption.
        for artist in [*axes.images, *axes.lines, *axes.patches, *axes.artists, *axes.texts[1:]]:
            artist.remove()
        side = axes.get_xlim()[1]
        draw_in_cell(axes, decode, self._about, Box(0, side, 0, side), (side, side), self._style)

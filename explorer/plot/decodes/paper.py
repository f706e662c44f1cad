"""The background of a figure: text and samples at positions in pixels from its upper left corner, y downwards."""

from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.latent.plane.box import Box
from explorer.plot.figures import TEXT_PIXELS, PlotStyle, add_axes, new_figure, style_for, write
from explorer.plot.samples import canvas_of, draw_drawing
from explorer.rendering.drawing import Drawing, cut
from explorer.rendering.render import draw

STYLE_SIDE = 640
"""Side of the plane whose text size all figures use."""
LINE = 22
"""Height of a line of text in pixels."""
BOLD = 1.15
"""Width of bold letters relative to regular ones, which the canvas measures."""


@dataclass(frozen=True)
class Paper:
    """A figure with axes over all of it, whose units are pixels at 100 per inch, and how its samples are drawn."""

    figure: Figure
    axes: Axes
    style: PlotStyle
    description: Description

    @property
    def text_pixels(self) -> float:
        """Height of text in pixels."""
        return TEXT_PIXELS * self.style.scale

    def write(self, x: float, y: float, text: str, *, muted: bool = False, **looks: Any) -> None:
        """Write one line of text, by default to the right of x and centred at y."""
        colour = self.style.theme.muted if muted else self.style.theme.text
        write(self.axes, x, y, text, self.style, **{"color": colour, "ha": "left", "va": "center"} | looks)

    def fitted(self, text: str, width: float, *, bold: bool = False) -> str:
        """Return a text cut to a width in pixels."""
        # The canvas measures regular letters only, so larger text stands for bold text.
        pixels = self.text_pixels * (BOLD if bold else 1.0)
        return cut(text, canvas_of(width, LINE, pixels), width)

    def draw(self, sample: NDArray[Any], left: float, top: float, side: float, *, zorder: float = 2.0) -> None:
        """Draw a sample ``(*shape)`` in the middle of a square cell."""
        self.place(draw(sample, self.description, canvas_of(side, side, self.text_pixels)), left, top, side, zorder)

    def place(self, drawing: Drawing, left: float, top: float, side: float, zorder: float = 2.0) -> None:
        """Put a drawing in the middle of a square cell."""
        left, top = left + (side - drawing.width) / 2, top + (side - drawing.height) / 2
        box = Box(left, left + drawing.width, top + drawing.height, top)  # y points down
        draw_drawing(self.axes, drawing, box, self.style, text_pixels=self.text_pixels, zorder=zorder)


def new_paper(width: float, height: float, description: Description, *, dark: bool) -> Paper:
    """Return an empty figure of a size in pixels."""
    style = style_for(STYLE_SIDE, dark=dark)
    figure = new_figure(width, height, style)
    return Paper(figure, pixel_axes(figure, 0, width, height, style), style, description)


def pixel_axes(figure: Figure, top: float, width: float, height: float, style: PlotStyle) -> Axes:
    """Return axes over the width of a figure, in pixels from their upper left corner."""
    axes = add_axes(figure, 0, top, width, height, style)
    # Without autoscale, which would change the limits when something is drawn.
    axes.set(xlim=(0, width), ylim=(height, 0), autoscale_on=False)
    axes.set_axis_off()
    return axes

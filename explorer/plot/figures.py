"""Matplotlib figures without a screen: their size in pixels, their colours, their words, and how they are written."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import ScaledTranslation

from explorer.rendering.palette import class_colours, relative_luminance
from explorer.rendering.style import Pixels
from explorer.rendering.theme import DARK, LIGHT, Theme
from explorer.runs.files import replace_file

KINDS = (".png", ".svg", ".pdf")
"""How a figure can be written."""
PIXELS_PER_INCH = 100
"""Of every figure made here, so that sizes can be given in pixels."""
TEXT_PIXELS = 13
USUAL_SIZE, MIN_TEXT_PIXELS = 640, 8
"""A figure of this many pixels has text of `TEXT_PIXELS`; a larger one has larger text, a small one no smaller."""

MAX_SHORT_NAME = 4
"""Letters of an axis's name that have room beside the axis."""

_LOCK = threading.Lock()
"""Matplotlib's fonts are not safe in several threads; one figure is drawn at a time."""


@dataclass(frozen=True)
class PlotStyle:
    """The colours of a figure, and the factor on its text, lines and dots."""

    theme: Theme
    scale: float = 1.0

    def points(self, pixels: float) -> float:
        """Return a length in pixels at scale 1 as typographic points, the unit of widths and text in matplotlib."""
        return pixels * self.scale * 72 / PIXELS_PER_INCH

    @property
    def text(self) -> float:
        """The size of ordinary text in typographic points."""
        return self.points(TEXT_PIXELS)

    def class_colour(self, group: int, count: int) -> tuple[float, float, float]:
        """Return the colour of one class of ``count``, each channel from 0 to 1."""
        red, green, blue = (class_colours(count, self.theme.dark)[group] / 255).tolist()
        return red, green, blue


def style_for(size: float, *, dark: bool) -> PlotStyle:
    """Return the style of a new figure ``size`` pixels wide."""
    return PlotStyle(DARK if dark else LIGHT, max(size / USUAL_SIZE, MIN_TEXT_PIXELS / TEXT_PIXELS))


def style_of(axes: Axes, dark: bool | None) -> PlotStyle:
    """Return the style for axes that somebody else made; where ``dark`` is None, their own ground decides."""
    if dark is None:
        ground = np.rint(255 * np.array(to_rgb(axes.get_facecolor()))).astype(np.uint8)
        dark = bool(relative_luminance(ground) < 0.18)  # the luminance of middle grey
    return PlotStyle(DARK if dark else LIGHT)


def new_figure(width: float, height: float, style: PlotStyle) -> Figure:
    """Return an empty figure of a size in pixels; no window belongs to it."""
    size = (width / PIXELS_PER_INCH, height / PIXELS_PER_INCH)
    figure = Figure(figsize=size, dpi=PIXELS_PER_INCH, facecolor=style.theme.panel)
    FigureCanvasAgg(figure)
    return figure


def add_axes(figure: Figure, left: float, top: float, width: float, height: float, style: PlotStyle) -> Axes:
    """Add axes whose corner and size are given in pixels from the upper left, in the colours of the style."""
    full_width, full_height = figure.get_size_inches() * PIXELS_PER_INCH
    bottom = full_height - top - height
    axes = figure.add_axes((left / full_width, bottom / full_height, width / full_width, height / full_height))
    dress(axes, style)
    return axes


def new_axes(width: float, height: float, *, dark: bool, left: float = 5.4) -> Axes:
    """Return axes with room for a title and names around them, on a new figure of a size in pixels.

    ``left`` is the room at their left, in heights of text.
    """
    style = style_for(USUAL_SIZE, dark=dark)
    em = TEXT_PIXELS * style.scale
    return add_axes(
        new_figure(width, height, style), left * em, 2.4 * em, width - (left + 1.4) * em, height - 6 * em, style
    )


def dress(axes: Axes, style: PlotStyle) -> None:
    """Give axes the theme's ground, a quiet frame at the left and below, and text of the style's size."""
    theme = style.theme
    axes.set_facecolor(theme.plane)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set(color=theme.edge, linewidth=style.points(1))
    axes.tick_params(
        colors=theme.muted, labelsize=style.text, length=style.points(4), width=style.points(1), pad=style.points(3)
    )
    for label in (axes.xaxis.label, axes.yaxis.label, axes.title):
        label.set(color=theme.text, fontsize=style.text)
    for label in (axes.xaxis.label, axes.yaxis.label, axes.title):
        as_written(label)


def as_written(text: Text) -> Text:
    """Show a text as it is: a ``$`` in the name of a class is no formula."""
    text.set_parse_math(False)
    return text


def write(axes: Axes, x: float, y: float, words: str, style: PlotStyle, **looks: Any) -> Text:
    """Write words on axes in the theme's quiet colour, unless ``looks`` say otherwise."""
    known: dict[str, Any] = {"color": style.theme.muted, "fontsize": style.text}
    return as_written(axes.text(x, y, words, **known | looks))


def plate(style: PlotStyle, opacity: float = 0.8) -> dict[str, Any]:
    """Return the ground behind words that have to be read over points, as matplotlib's ``bbox``."""
    return {"boxstyle": "round,pad=0.15", "facecolor": style.theme.plane, "edgecolor": "none", "alpha": opacity}


def name_upward_axis(axes: Axes, words: str, style: PlotStyle) -> None:
    """Write the name of the vertical axis above its upper end, so that it needs no room beside the numbers."""
    left, side = (6, "right") if len(words) <= MAX_SHORT_NAME else (42, "left")
    offset = ScaledTranslation(-style.points(left) / 72, style.points(3) / 72, axes.figure.dpi_scale_trans)
    as_written(axes.set_ylabel(words, rotation=0, ha=side, va="bottom"))
    axes.yaxis.set_label_coords(0.0, 1.0, transform=axes.transAxes + offset)


def row_by_row(entries: list[Line2D], columns: int) -> list[Line2D]:
    """Return a legend's entries in the order in which matplotlib, which fills columns, writes them row by row."""
    return [entry for column in range(columns) for entry in entries[column::columns]]


def pixels_per_unit(axes: Axes) -> tuple[float, float]:
    """Return how many pixels a unit is wide and high on axes whose limits are set."""
    axes.apply_aspect()
    corners = axes.transData.transform([(0.0, 0.0), (1.0, 1.0)])
    scale = PIXELS_PER_INCH / axes.get_figure(root=True).dpi  # type: ignore[union-attr]
    across, up = np.abs(corners[1] - corners[0]) * scale
    return float(across), float(up)


def to_pixels(figure: Figure) -> Pixels:
    """Draw a figure: ``(height, width, 3)``."""
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    with _drawing():
        canvas.draw()  # type: ignore[no-untyped-call]
    return np.array(canvas.buffer_rgba(), np.uint8)[..., :3]  # type: ignore[no-untyped-call]


def save_figure(path: Path, figure: Figure) -> None:
    """Write a figure as PNG, SVG or PDF, by the path's ending; whole or not at all.

    Equal figures give equal files: no time of day is written into them.

    Raises
    ------
    OSError
        When it cannot be written; ``path`` is then as before.
    """
    kind = path.suffix.lower().removeprefix(".")
    undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {})

    def save(part: Path) -> None:
        with part.open("wb") as file, _drawing():
            figure.savefig(file, format=kind, metadata=undated)

    replace_file(path, save)


@contextmanager
def _drawing() -> Iterator[None]:
    """Draw alone, without a warning for each letter that the font lacks; text stays text, to be searched for."""
    settings: Any = {"svg.fonttype": "none", "svg.hashsalt": "explorer", "pdf.fonttype": 42}
    with _LOCK, warnings.catch_warnings(), matplotlib.rc_context(settings):
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield

"""Matplotlib figures without a screen: sizes in pixels, themes, text, and files.

1. `style_for` chooses colours and the scale of text and lines for a figure of a size.
2. `new_figure` makes a figure with an Agg canvas. It does not use pyplot, which would keep every figure in memory.
3. `add_axes` positions axes by pixels from the upper left corner and gives them the style.
4. The drawing modules draw; all of their lengths are pixels at scale 1, converted by `PlotStyle.points`.
5. `to_pixels` and `save_figure` draw under a lock, as matplotlib is not safe in several threads.
"""

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

from explorer.rendering.drawing import Pixels
from explorer.rendering.palette import class_colours, relative_luminance
from explorer.rendering.theme import DARK, LIGHT, Theme
from explorer.runs.files import replace_file

KINDS = (".png", ".svg", ".pdf")
"""Endings of the files that a figure can be written to."""
PIXELS_PER_INCH = 100
"""Resolution of all figures made here, so that sizes can be given in pixels."""
TEXT_PIXELS = 13
"""Height of normal text, in pixels at scale 1."""
USUAL_SIZE, MIN_TEXT_PIXELS = 640, 8
"""Size of a figure with text of `TEXT_PIXELS`, to which text is proportional; minimum height of text. In pixels."""

MAX_SHORT_NAME = 4
"""Maximum letters of the name of an axis that fit beside the axis."""

_LOCK = threading.Lock()
"""Ensures that one figure is drawn at a time: the font cache of matplotlib is not thread-safe."""


@dataclass(frozen=True)
class PlotStyle:
    """The colours of a figure, and the scale of its text, lines and dots."""

    theme: Theme
    scale: float = 1.0

    def points(self, pixels: float) -> float:
        """Return a length, given in pixels at scale 1, in typographic points, the unit of matplotlib."""
        return pixels * self.scale * 72 / PIXELS_PER_INCH

    @property
    def text(self) -> float:
        """Size of normal text in typographic points."""
        return self.points(TEXT_PIXELS)

    def class_colour(self, group: int, count: int) -> tuple[float, float, float]:
        """Return the RGB colour, from 0 to 1, of one of ``count`` classes."""
        red, green, blue = (class_colours(count, self.theme.dark)[group] / 255).tolist()
        return red, green, blue


def style_for(size: float, *, dark: bool) -> PlotStyle:
    """Return the style of a new figure ``size`` pixels wide."""
    return PlotStyle(DARK if dark else LIGHT, max(size / USUAL_SIZE, MIN_TEXT_PIXELS / TEXT_PIXELS))


def style_of(axes: Axes, dark: bool | None) -> PlotStyle:
    """Return the style for axes of the caller; if ``dark`` is None, their background decides."""
    if dark is None:
        ground = np.rint(255 * np.array(to_rgb(axes.get_facecolor()))).astype(np.uint8)
        dark = bool(relative_luminance(ground) < 0.18)  # luminance of mid-grey
    return PlotStyle(DARK if dark else LIGHT)


def new_figure(width: float, height: float, style: PlotStyle) -> Figure:
    """Return an empty figure of a size in pixels, without a window."""
    size = (width / PIXELS_PER_INCH, height / PIXELS_PER_INCH)
    figure = Figure(figsize=size, dpi=PIXELS_PER_INCH, facecolor=style.theme.panel)
    FigureCanvasAgg(figure)
    return figure


def add_axes(figure: Figure, left: float, top: float, width: float, height: float, style: PlotStyle) -> Axes:
    """Add axes in the style to a figure; their corner and size are in pixels, from the upper left."""
    full_width, full_height = figure.get_size_inches() * PIXELS_PER_INCH
    # Matplotlib counts from the lower left corner, in shares of the figure.
    bottom = full_height - top - height
    axes = figure.add_axes((left / full_width, bottom / full_height, width / full_width, height / full_height))
    apply_style(axes, style)
    return axes


def new_axes(width: float, height: float, *, dark: bool, left: float = 5.4) -> Axes:
    """Return axes on a new figure of a size in pixels, with margins for a title and the names of the axes.

    ``left`` is the left margin, in heights of text.
    """
    style = style_for(USUAL_SIZE, dark=dark)
    em = TEXT_PIXELS * style.scale
    return add_axes(
        new_figure(width, height, style), left * em, 2.4 * em, width - (left + 1.4) * em, height - 6 * em, style
    )


def apply_style(axes: Axes, style: PlotStyle) -> None:
    """Set the background of axes, a thin frame at the left and below, and the text of the style."""
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
    """Switch off formulas in a text, as a ``$`` may be part of the name of a class, and return the text."""
    text.set_parse_math(False)
    return text


def write(axes: Axes, x: float, y: float, text: str, style: PlotStyle, **looks: Any) -> Text:
    """Write a text on axes, in the muted colour unless ``looks`` contain another."""
    known: dict[str, Any] = {"color": style.theme.muted, "fontsize": style.text}
    return as_written(axes.text(x, y, text, **known | looks))


def text_background(style: PlotStyle, opacity: float = 0.8) -> dict[str, Any]:
    """Return the background of a text over points, as the ``bbox`` of matplotlib."""
    return {"boxstyle": "round,pad=0.15", "facecolor": style.theme.plane, "edgecolor": "none", "alpha": opacity}


def name_upward_axis(axes: Axes, text: str, style: PlotStyle) -> None:
    """Write the name of the vertical axis above its upper end, where it needs no room beside the numbers."""
    left, side = (6, "right") if len(text) <= MAX_SHORT_NAME else (42, "left")
    # ScaledTranslation counts in inches: points / 72.
    offset = ScaledTranslation(-style.points(left) / 72, style.points(3) / 72, axes.figure.dpi_scale_trans)
    as_written(axes.set_ylabel(text, rotation=0, ha=side, va="bottom"))
    axes.yaxis.set_label_coords(0.0, 1.0, transform=axes.transAxes + offset)


def row_by_row(entries: list[Line2D], columns: int) -> list[Line2D]:
    """Return legend entries reordered so that they read row by row, as matplotlib fills legends column by column."""
    return [entry for column in range(columns) for entry in entries[column::columns]]


def pixels_per_unit(axes: Axes) -> tuple[float, float]:
    """Return the width and height of one data unit in pixels, on axes whose limits are set."""
    # Matplotlib applies an equal aspect only when it draws; before that transData has the wrong scale.
    axes.apply_aspect()
    corners = axes.transData.transform([(0.0, 0.0), (1.0, 1.0)])
    # Axes of the caller may belong to a figure of another resolution.
    scale = PIXELS_PER_INCH / axes.get_figure(root=True).dpi  # type: ignore[union-attr]
    across, up = np.abs(corners[1] - corners[0]) * scale
    return float(across), float(up)


def to_pixels(figure: Figure) -> Pixels:
    """Draw a figure and return its pixels ``(height, width, 3)``."""
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    with _drawing():
        canvas.draw()  # type: ignore[no-untyped-call]
    # A copy: the buffer belongs to the canvas and changes with the next frame.
    return np.array(canvas.buffer_rgba(), np.uint8)[..., :3]  # type: ignore[no-untyped-call]


def save_figure(path: Path, figure: Figure) -> None:
    """Write a figure as PNG, SVG or PDF, by the ending of the path.

    Equal figures give equal files, as no date is written into them.

    Raises
    ------
    OSError
        If the file cannot be written; an existing file is then unchanged.
    """
    kind = path.suffix.lower().removeprefix(".")
    undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {})

    def save(part: Path) -> None:
        with part.open("wb") as file, _drawing():
            figure.savefig(file, format=kind, metadata=undated)

    replace_file(path, save)


@contextmanager
def _drawing() -> Iterator[None]:
    """Hold the lock, keep text searchable in files, and suppress warnings about letters that the font lacks."""
    # Text as text instead of outlines; a fixed salt for the ids in SVG, so equal figures give equal files; 42 is
    # TrueType.
    settings: Any = {"svg.fonttype": "none", "svg.hashsalt": "explorer", "pdf.fonttype": 42}
    with _LOCK, warnings.catch_warnings(), matplotlib.rc_context(settings):
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield

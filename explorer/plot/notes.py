"""Notes of overlays on a figure: text in the upper left corner, scales of shadings in the lower right."""

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import Shading
from explorer.plot.figures import PlotStyle, pixels_per_unit, text_background, write
from explorer.plot.parts import box_of, ink_of
from explorer.plot.samples import add_image
from explorer.rendering.drawing import number

SMALL = 11
"""Height of the text, in pixels at scale 1."""
EDGE, BAR = 8, 90
"""Distance from the edges, and length of a scale, in pixels at scale 1."""
MAX_LINES = 6
NOTES = 7.0
"""The zorder of notes, above everything else."""
MIN_PIXELS = 180
"""Minimum side of a plane with notes, in pixels."""


def draw_notes(
    axes: Axes, texts: Sequence[str], scales: Sequence[Shading], style: PlotStyle, base: float = 0.0
) -> None:
    """Write the texts of overlays, and draw the scales of shadings above ``base``, a share of the height."""
    area, (across, up) = box_of(axes), pixels_per_unit(axes)
    width, height = across * area.width, up * area.height
    if min(width, height) < MIN_PIXELS:
        return
    # The mean width of a letter is about 0.56 of its height; exact widths are not worth measuring here.
    letters = int((width - 2 * EDGE) / (0.56 * SMALL * style.scale))
    lines = [part for line in texts for part in textwrap.wrap(line, max(letters, 20))]
    if lines:
        shown = lines if len(lines) <= MAX_LINES else [*lines[: MAX_LINES - 1], "…"]
        corner = EDGE * style.scale / width, 1 - EDGE * style.scale / height
        _write_small(axes, *corner, "\n".join(shown), style, va="top", linespacing=1.25, bbox=text_background(style))
    for index, shading in enumerate(scales):
        bottom = base * height / style.scale + EDGE + index * 3.2 * SMALL
        _draw_scale(axes, shading, bottom, (width, height), style)


def _draw_scale(axes: Axes, shading: Shading, bottom: float, size: tuple[float, float], style: PlotStyle) -> None:
    """Draw a bar from transparent to opaque ink, with the numbers at its ends and their name above it."""
    (width, height), area = (side / style.scale for side in size), box_of(axes)
    right = width - EDGE
    low, high = number(shading.span[0], 3), f"{number(shading.span[1], 3)} {shading.unit}".strip()
    ends = [0.6 * SMALL * len(end) + 4 for end in (low, high)]
    wide = max(ends[0] + BAR + ends[1], 0.6 * SMALL * len(shading.name))
    ground = Rectangle(
        ((right - wide - 4) / width, (bottom - 4) / height), (wide + 8) / width, (2.6 * SMALL + 8) / height,
        transform=axes.transAxes, facecolor=style.theme.plane, alpha=0.85, linewidth=0, zorder=NOTES,
    )  # fmt: skip
    # The points show through a bar of varying opacity, so it needs a background.
    axes.add_artist(ground)
    start, end, middle = right - ends[1] - BAR, right - ends[1], bottom + 0.5 * SMALL
    box = Box(
        area.left + start / width * area.width, area.left + end / width * area.width,
        area.bottom + bottom / height * area.height, area.bottom + (bottom + 0.9 * SMALL) / height * area.height,
    )  # fmt: skip
    ramp = np.empty((1, 64, 4))
    ramp[..., :3] = to_rgb(ink_of(shading.ink, style))
    ramp[..., 3] = np.linspace(0, shading.opacity, 64)
    add_image(axes, ramp, box, zorder=NOTES + 0.1)
    frame = Rectangle(
        (box.left, box.bottom), box.width, box.height, fill=False, edgecolor=style.theme.edge,
        linewidth=style.points(1), zorder=NOTES + 0.2,
    )  # fmt: skip
    axes.add_artist(frame)
    _write_small(axes, (start - 4) / width, middle / height, low, style, va="center", ha="right")
    _write_small(axes, (end + 4) / width, middle / height, high, style, va="center")
    _write_small(axes, right / width, (bottom + 1.9 * SMALL) / height, shading.name, style, va="center", ha="right")


def _write_small(axes: Axes, x: float, y: float, text: str, style: PlotStyle, **looks: object) -> None:
    looks = {"transform": axes.transAxes, "fontsize": style.points(SMALL), "zorder": NOTES + 0.2} | looks
    write(axes, x, y, text, style, **looks)

"""A sample, what corruption makes of it, what a model makes of that, and the difference: one picture."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description, Transform
from explorer.export.differences import ON_DARK, ON_LIGHT, draw_difference
from explorer.export.drawing import Canvas
from explorer.export.fonts import font_of
from explorer.export.painting import paint
from explorer.export.rendering import render
from explorer.export.sheets import film_strip
from explorer.export.style import LIGHT, Pixels, Style
from explorer.latent.metrics.decoder.restored_sample import RestoredSample

DIFFERENCE_RANGE = "−1 … 1"
"""Of the difference of two pictures in model values, for captions."""


def restoration_strip(
    restored: RestoredSample, description: Description, size: int = 240, *, style: Style = LIGHT
) -> Pixels:
    """Draw sample, corrupted, reconstruction and difference side by side, with captions.

    Parameters
    ----------
    size
        The side of each in pixels; small pictures are enlarged by whole factors.
    """
    pictures = (restored.clean, restored.corrupted, restored.restored)
    frames = [render(values, description, size=(size, size), style=style) for values in pictures]
    if description.kind == "image":
        font = font_of(style.font_size)
        canvas = Canvas(size, size, style.font_size, font.getlength, whole_factors=True)
        colours = ON_LIGHT if style.ground == LIGHT.ground else ON_DARK
        frames.append(paint(draw_difference(restored.difference, canvas, colours), style))
    else:
        values, about = difference_in_units(restored, description)
        frames.append(render(values, about, size=(size, size), style=style))
    captions = (
        "sample",
        _with_ratio("corrupted", restored.psnr_corrupted),
        _with_ratio("restored", restored.psnr_restored),
        f"difference {DIFFERENCE_RANGE}" if description.kind == "image" else "difference",
    )
    return film_strip(frames, captions=captions, style=style)


def difference_in_units(restored: RestoredSample, description: Description) -> tuple[NDArray[np.float32], Description]:
    """Return ``restored − clean`` in the samples' own units, and what to draw it by: 0 is in the middle."""
    low, high = description.value_range
    scale = description.transform.scale
    about = replace(description, transform=Transform(np.zeros_like(scale), scale), value_range=(low - high, high - low))
    return np.asarray(restored.restored - restored.clean, np.float32), about


def decibels(ratio: float) -> str:
    """Write a signal-to-noise ratio with its unit."""
    return "∞ dB" if math.isinf(ratio) else f"{ratio:.1f} dB".replace("-", "−")


def _with_ratio(words: str, ratio: float | None) -> str:
    return words if ratio is None else f"{words} {decibels(ratio)}"

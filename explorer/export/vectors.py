"""Vectors as drawings: a signal as a line over its axis, other features as named values with bars."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from explorer.data.dataset import Description
from explorer.export.fonts import Font, font_of
from explorer.export.rendering import Pixels, Style, renders

OVERSAMPLED = 3
"""Lines are drawn this much larger and scaled down, so that they come out smooth."""


@renders("vector")
def render_vector(
    sample: NDArray[Any],
    description: Description,
    size: tuple[int, int],
    real: NDArray[Any] | None,
    style: Style,
) -> Pixels:
    """Draw a vector as a line where it has an axis, else as named values."""
    if description.axis is not None:
        return _draw_line(sample, description, size, real, style)
    return _draw_values(sample, description, size, real, style)


@dataclass(frozen=True)
class _Frame:
    """Where a plot lies in its picture, in pixels, and the values at its edges."""

    left: float
    top: float
    right: float
    bottom: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def points(self, x: NDArray[Any], y: NDArray[Any]) -> list[tuple[float, float]]:
        across = self.left + _share(x, self.x_range) * (self.right - self.left)
        down = self.bottom - _share(y, self.y_range) * (self.bottom - self.top)
        return list(zip((across * OVERSAMPLED).tolist(), (down * OVERSAMPLED).tolist(), strict=True))


def _draw_line(
    sample: NDArray[Any],
    description: Description,
    size: tuple[int, int],
    real: NDArray[Any] | None,
    style: Style,
) -> Pixels:
    axis = description.axis
    assert axis is not None
    curves = [sample] if real is None else [real, sample]
    y_range = _padded(description.value_range, curves)
    x_range = (float(axis.values.min()), float(axis.values.max()))
    row = round(style.font_size * 1.5)
    font = font_of(style.font_size)
    gutter = max(font.getlength(_number(value)) for value in y_range) + 8
    frame = _Frame(gutter, row * 0.6, size[0] - 8, size[1] - 2.3 * row, x_range, y_range)
    picture = _plot(frame, axis.values, curves, size, style)
    draw = ImageDraw.Draw(picture)
    for value, y in zip(y_range, (frame.bottom, frame.top), strict=True):
        draw.text((gutter - 5, y), _number(value), style.muted, font, anchor="rm")
    for value, x, anchor in zip(x_range, (frame.left, frame.right), ("la", "ra"), strict=True):
        draw.text((x, frame.bottom + 4), _number(value), style.muted, font, anchor=anchor)
    title = f"{axis.name} ({axis.unit})" if axis.unit else axis.name
    middle = (frame.left + frame.right) / 2
    draw.text((middle, size[1] - 3), _cut(title, font, frame.right - frame.left), style.text, font, anchor="md")
    return np.asarray(picture)


def _plot(
    frame: _Frame, x: NDArray[Any], curves: list[NDArray[Any]], size: tuple[int, int], style: Style
) -> Image.Image:
    """Draw frame and curves; the last curve is the accented one, those before it are muted and thicker."""
    large = Image.new("RGB", (size[0] * OVERSAMPLED, size[1] * OVERSAMPLED), style.ground)
    draw = ImageDraw.Draw(large)
    corners = [frame.left, frame.top, frame.right, frame.bottom]
    draw.rectangle([corner * OVERSAMPLED for corner in corners], outline=style.line, width=OVERSAMPLED)
    order = np.argsort(x, kind="stable")
    for place, curve in enumerate(curves):
        accented = place == len(curves) - 1
        points = frame.points(x[order], np.nan_to_num(np.asarray(curve, np.float64)[order]))
        width = OVERSAMPLED * 2 if accented else OVERSAMPLED * 3
        draw.line(points, style.accent if accented else style.muted, width, joint="curve")
    return large.resize(size, Image.Resampling.LANCZOS)


def _draw_values(
    sample: NDArray[Any],
    description: Description,
    size: tuple[int, int],
    real: NDArray[Any] | None,
    style: Style,
) -> Pixels:
    """List features by name with their value and a bar for how it deviates, in standard deviations of the data."""
    picture = Image.new("RGB", size, style.ground)
    draw = ImageDraw.Draw(picture)
    font = font_of(style.font_size)
    row = round(style.font_size * 1.6)
    names = description.feature_names or tuple(f"feature {number + 1}" for number in range(description.features))
    fitting = max(1, size[1] // row)
    shown = len(names) if len(names) <= fitting else fitting - 1
    deviations = description.transform.apply(np.asarray(sample))
    real_deviations = None if real is None else description.transform.apply(np.asarray(real))
    for place in range(shown):
        y = place * row + row / 2
        draw.text((6, y), _cut(names[place], font, size[0] * 0.38), style.text, font, anchor="lm")
        draw.text((size[0] * 0.6, y), _number(float(sample[place])), style.text, font, anchor="rm")
        _draw_bar(draw, (size[0] * 0.63, size[0] - 8, y, row * 0.3), float(deviations[place]), style)
        if real_deviations is not None:
            _draw_mark(draw, (size[0] * 0.63, size[0] - 8, y, row * 0.36), float(real_deviations[place]), style)
    if shown < len(names):
        draw.text((6, shown * row + row / 2), f"… and {len(names) - shown} more", style.muted, font, anchor="lm")
    return np.asarray(picture)


def _draw_bar(
    draw: ImageDraw.ImageDraw, place: tuple[float, float, float, float], deviation: float, style: Style
) -> None:
    """Draw a bar from the middle (the data's mean) to ``deviation``; three deviations fill a side."""
    left, right, y, half = place
    middle, end = (left + right) / 2, _bar_end(left, right, deviation)
    draw.rectangle((left, y - half, right, y + half), outline=style.line)
    draw.rectangle((min(middle, end), y - half, max(middle, end), y + half), fill=style.accent)


def _draw_mark(
    draw: ImageDraw.ImageDraw, place: tuple[float, float, float, float], deviation: float, style: Style
) -> None:
    left, right, y, half = place
    end = _bar_end(left, right, deviation)
    draw.line((end, y - half, end, y + half), style.text, 2)


def _bar_end(left: float, right: float, deviation: float) -> float:
    share = float(np.clip(np.nan_to_num(deviation) / 3, -1, 1))
    return (left + right) / 2 + share * (right - left) / 2


def _padded(value_range: tuple[float, float], curves: list[NDArray[Any]]) -> tuple[float, float]:
    """Give the declared range, wide enough for the curves too."""
    finite = [curve[np.isfinite(curve)] for curve in map(np.asarray, curves)]
    values = np.concatenate([*finite, np.asarray(value_range)])
    return float(values.min()), float(values.max())


def _share(values: NDArray[Any], value_range: tuple[float, float]) -> NDArray[np.float64]:
    low, high = value_range
    result: NDArray[np.float64] = (np.asarray(values, np.float64) - low) / ((high - low) or 1.0)
    return result


def _number(value: float) -> str:
    return f"{value:.4g}"


def _cut(text: str, font: Font, width: float) -> str:
    """Give the text, its end replaced by an ellipsis where it is wider than ``width`` pixels."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"

"""Pictures: any number of channels, by their declared range, 16 bits a channel, every pixel crisp."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from explorer.data.dataset import Description
from explorer.export.pictures import shown_channels
from explorer.ui.decode.renderers import Canvas, renders

FULL = 65_535


@renders("image")
def render_picture(values: NDArray[Any], description: Description, canvas: Canvas, over: NDArray[Any] | None) -> QImage:
    """Draw a picture ``(C, H, W)``; the channels shown are those of `shown_channels`."""
    low, high = description.value_range
    channels = np.moveaxis(np.asarray(values)[list(shown_channels(len(values)))], 0, -1)  # (H, W, shown)
    shares = (channels.astype(np.float32) - low) / ((high - low) or 1.0)
    shares = np.nan_to_num(shares, nan=0.0).clip(0, 1)
    height, width = shares.shape[:2]
    factor = canvas.size * canvas.ratio / max(height, width)
    scaled = resample(resample(shares, max(1, round(height * factor)), 0), max(1, round(width * factor)), 1)
    image = _to_image(np.rint(scaled.clip(0, 1) * FULL).astype(np.uint16))
    image.setDevicePixelRatio(canvas.ratio)
    return image


def resample(picture: NDArray[Any], length: int, axis: int) -> NDArray[np.float64]:
    """Scale one axis to ``length`` pixels, each the mean of the area that it covers.

    Enlarged pixels stay crisp squares, blended only where an edge falls inside a screen pixel; nothing is lost where
    pixels are fewer.
    """
    source = np.moveaxis(np.asarray(picture, np.float64), axis, 0)
    edges = np.linspace(0, len(source), length + 1)
    whole = np.minimum(edges.astype(np.intp), len(source) - 1)
    part = (edges - whole).reshape(-1, *[1] * (source.ndim - 1))
    before = np.concatenate([np.zeros_like(source[:1]), np.cumsum(source, axis=0)])[whole]
    up_to_edge = before + part * source[whole]
    return np.moveaxis(np.diff(up_to_edge, axis=0) * (length / len(source)), 0, axis)


def _to_image(pixels: NDArray[np.uint16]) -> QImage:
    """Turn ``(H, W, 1 | 3 | 4)`` into an image that owns its pixels."""
    height, width, count = pixels.shape
    if count == 1:
        grey = np.ascontiguousarray(pixels[..., 0])
        return QImage(grey.data, width, height, 2 * width, QImage.Format.Format_Grayscale16).copy()
    coloured = np.full((height, width, 4), FULL, np.uint16)
    coloured[..., :count] = pixels
    return QImage(coloured.data, width, height, 8 * width, QImage.Format.Format_RGBA64).copy()

"""Pictures of any number of channels and any declared range, as bytes and as files."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.data.dataset import Description
from explorer.export.rendering import Pixels, Style, renders
from explorer.runs.files import replace_file


def to_bytes(values: NDArray[Any], value_range: tuple[float, float]) -> Pixels:
    """Map values of a declared range to 0 to 255; what lies outside is cut, what is no number becomes the lowest."""
    low, high = value_range
    shares = (np.asarray(values, np.float64) - low) / ((high - low) or 1.0)
    result: Pixels = np.rint(np.nan_to_num(shares, nan=0.0).clip(0, 1) * 255).astype(np.uint8)
    return result


def shown_channels(count: int) -> tuple[int, ...]:
    """Give which of a picture's channels are shown: one as grey, three as red, green and blue, four with alpha.

    Two are magenta and green, which colour-blind eyes tell apart; of five or more, the first, middle and last are red,
    green and blue.
    """
    few = {1: (0,), 2: (0, 1, 0), 3: (0, 1, 2), 4: (0, 1, 2, 3)}
    return few.get(count, (0, count // 2, count - 1))


def to_picture(sample: NDArray[Any], value_range: tuple[float, float]) -> NDArray[np.uint8]:
    """Turn one sample ``(C, H, W)`` into a picture ``(H, W, 3)``, or ``(H, W, 4)`` where it has four channels.

    One channel is grey; see `shown_channels` for more.
    """
    channels = to_bytes(sample, value_range)
    shown = shown_channels(len(channels))
    chosen = shown if len(shown) > 1 else shown * 3
    return np.ascontiguousarray(np.moveaxis(channels[list(chosen)], 0, -1))


def enlarge(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Scale a picture to fit (width, height): by whole factors without smoothing, or down with it."""
    height, width = picture.shape[:2]
    factor = min(size[0] / width, size[1] / height)
    if factor >= 1:
        return picture.repeat(int(factor), axis=0).repeat(int(factor), axis=1)
    smaller = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(Image.fromarray(picture).resize(smaller, Image.Resampling.LANCZOS))


def on_ground(picture: NDArray[np.uint8], style: Style) -> Pixels:
    """Lay a picture with alpha on the style's ground; one without stays as it is."""
    if picture.shape[-1] == 3:
        return picture
    alpha = picture[..., 3:].astype(np.float64) / 255
    return np.rint(picture[..., :3] * alpha + np.array(style.ground) * (1 - alpha)).astype(np.uint8)


@renders("image")
def render_picture(
    sample: NDArray[Any],
    description: Description,
    size: tuple[int, int],
    real: NDArray[Any] | None,
    style: Style,
) -> Pixels:
    """Draw a picture by its declared range."""
    return on_ground(enlarge(to_picture(sample, description.value_range), size), style)


def save_picture(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write a picture ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)`` as PNG, whole or not at all."""
    replace_file(path, lambda part: Image.fromarray(picture).save(part, format="PNG"))

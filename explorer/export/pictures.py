"""Pictures of samples and decodes at their own resolution: alone or on a sheet as PNG, films as MP4 or GIF.

A file is replaced only by a complete one.
"""

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import imageio.v3 as imageio
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.config import ConfigError
from explorer.extras import missing_package
from explorer.rendering.drawing import LIGHT, Pixels, Style
from explorer.runs.files import replace_bytes, replace_file

GAP = 4
"""Pixels between the pictures of a sheet and around them."""


def save_picture(path: Path, picture: NDArray[np.uint8 | np.uint16]) -> None:
    """Write a picture ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)`` as PNG; in grey it may have 16 bits."""
    replace_file(path, lambda part: Image.fromarray(picture).save(part, format="PNG"))


def contact_sheet(frames: Sequence[Pixels], *, columns: int = 0, style: Style = LIGHT) -> Pixels:
    """Return pictures of equal size in rows on the background of a style; their pixels are unchanged.

    Parameters
    ----------
    frames
        ``(h, w, 3)`` uint8 each, at least one.
    columns
        Pictures per row; 0 for about as many columns as rows.
    """
    columns = columns or math.ceil(math.sqrt(len(frames)))
    height, width = frames[0].shape[:2]
    rows = math.ceil(len(frames) / columns)
    sheet = np.empty((rows * (height + GAP) + GAP, columns * (width + GAP) + GAP, 3), np.uint8)
    sheet[:] = style.ground
    for number, frame in enumerate(frames):
        row, column = divmod(number, columns)
        top, left = GAP + row * (height + GAP), GAP + column * (width + GAP)
        sheet[top : top + height, left : left + width] = frame
    return sheet


LAST_SECONDS = 1.5
"""Duration of the last picture before the film starts again."""
QUALITY = 18
"""Constant rate factor of libx264: 0 is lossless, 23 the default."""
PALETTE_FRAMES = 6
"""Number of pictures from which the colours of a GIF are chosen."""


def save_mp4(path: Path, frames: Iterable[Pixels], frames_per_second: float) -> None:
    """Write pictures ``(h, w, 3)`` as an H.264 film; of an odd width or height the last column or row is cut off.

    Raises
    ------
    ConfigError
        If the package av or its H.264 encoder is missing.
    OSError
        If the disk is full or read-only.
    """
    replace_file(path, lambda part: _write_mp4(part, frames, frames_per_second))


def save_film_gif(path: Path, frames: Iterable[Pixels], frames_per_second: float) -> None:
    """Write pictures ``(h, w, 3)`` as a GIF that repeats forever; all share one palette, so colours do not flicker."""
    pictures = [Image.fromarray(frame) for frame in frames]
    palette = _palette(pictures)
    indexed = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    # GIF stores times in hundredths of a second, and viewers slow down frames shorter than two of them.
    each = max(20, round(100 / frames_per_second) * 10)
    seconds = [each] * (len(indexed) - 1) + [round(LAST_SECONDS * 1000)]

    def write(part: Path) -> None:
        indexed[0].save(part, "GIF", save_all=True, append_images=indexed[1:], duration=seconds, loop=0, optimize=False)

    replace_file(path, write)


def save_gif(
    path: Path, frames: Sequence[NDArray[np.uint8]], *, frame_seconds: float = 0.12, there_and_back: bool = True
) -> None:
    """Write pictures ``(h, w, 3)`` of equal size as a GIF that repeats forever.

    Parameters
    ----------
    frame_seconds
        Duration of each picture; viewers show none for less than 0.02 s.
    there_and_back
        Whether the pictures are repeated backwards, so that the loop does not jump.
    """
    # Backwards without both ends, which would otherwise stand still for two frames.
    shown = [*frames, *frames[-2:0:-1]] if there_and_back else list(frames)
    data = imageio.imwrite(
        "<bytes>", np.stack(shown), extension=".gif", plugin="pillow", duration=round(frame_seconds * 1000), loop=0
    )
    replace_bytes(path, data)


def save_film(
    path: Path, frames: Sequence[Pixels], *, frame_seconds: float = 0.12, there_and_back: bool = True
) -> None:
    """Write pictures as .mp4, which plays once from the first to the last, or else by `save_gif`."""
    if path.suffix.lower() == ".mp4":
        save_mp4(path, frames, 1 / frame_seconds)
    else:
        save_gif(path, frames, frame_seconds=frame_seconds, there_and_back=there_and_back)


def _write_mp4(part: Path, frames: Iterable[Pixels], frames_per_second: float) -> None:
    try:
        import av
    except ImportError as error:
        raise ConfigError(f"{missing_package('av', 'writing .mp4')}, or choose a .gif") from error
    if "libx264" not in av.codecs_available:
        raise ConfigError(
            "the installed package av has no H.264 encoder; reinstall it with pip install --force-reinstall av, or "
            "choose a .gif"
        )
    rate = Fraction(frames_per_second).limit_denominator(1000)
    with av.open(str(part), "w", format="mp4") as film:
        stream = film.add_stream("libx264", rate=rate)
        # Most video software supports only 4:2:0 subsampling, which halves the colour resolution and needs even sides.
        stream.pix_fmt, stream.options = "yuv420p", {"crf": str(QUALITY)}
        last: Pixels | None = None
        for frame in frames:
            if last is None:
                stream.height, stream.width = frame.shape[0] // 2 * 2, frame.shape[1] // 2 * 2
            last = np.ascontiguousarray(frame[: stream.height, : stream.width])
            film.mux(stream.encode(av.VideoFrame.from_ndarray(last, format="rgb24")))
        if last is not None:
            for _ in range(round(LAST_SECONDS * frames_per_second)):
                film.mux(stream.encode(av.VideoFrame.from_ndarray(last, format="rgb24")))
        film.mux(stream.encode())


def _palette(pictures: list[Image.Image]) -> Image.Image:
    """Return an image with a palette of the colours of equally spaced pictures, including the first and the last."""
    indices = sorted({round(index) for index in np.linspace(0, len(pictures) - 1, PALETTE_FRAMES)})
    size = pictures[0].size
    all_of_them = Image.new("RGB", (size[0], size[1] * len(indices)))
    for row, index in enumerate(indices):
        all_of_them.paste(pictures[index], (0, row * size[1]))
    # No dithering: its noise differs between frames, so still areas would flicker.
    return all_of_them.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)

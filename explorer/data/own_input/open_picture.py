"""Opens a picture of the user: a file, the bytes of one, or an array. Files are read like those of data sets."""

import io
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from explorer.config import DataConfig
from explorer.data.dataset import DataError
from explorer.data.own_input.sources import LEVELS, PictureSource
from explorer.data.pictures.picture_decoding import LEVELS as LEVELS_OF_GROUND
from explorer.data.pictures.picture_decoding import PictureForm, decode
from explorer.data.pictures.picture_file import DESPITE_NAME, Header, PictureFile, Unreadable, read_header
from explorer.data.pictures.picture_ground import choose_ground
from explorer.data.report import Notes

MAX_SIDE = 1024
"""Larger pictures are made smaller when they are opened; no data set has larger samples."""
_DEEP = {np.uint8: 255.0, np.uint16: 65_535.0}


def open_picture(content: Path | bytes, name: str = "") -> PictureSource:
    """Open a picture: turned upright, transparent parts blended with a background, and at most 1,024 pixels long.

    Raises
    ------
    DataError
        If it is not a readable picture, or has too many pixels; the message says why.
    """
    title = name or (content.name if isinstance(content, Path) else "picture")
    if isinstance(content, Path):
        path = content
        file = PictureFile(title, lambda: path.open("rb"))
    else:
        data = content
        file = PictureFile(title, lambda: io.BytesIO(data))
    # Read by the functions that read the pictures of data sets, so that both decode alike.
    notes = Notes()
    Image.init()
    try:
        header = read_header(file)
        size, scaled = _size(header)
        form = PictureForm(size, 1 if header.is_grey else 3, header.depth, "stretch")
        ground = choose_ground([(file, header)], form, DataConfig(), notes)
        pixels = decode(file, PictureForm(size, form.channels, form.dtype, "stretch", ground))
    except Unreadable as fault:
        # A file of the user may have any name, and pasted bytes have none.
        raise DataError(f"{title}: {str(fault).removesuffix(DESPITE_NAME)}") from fault
    changed = []
    if header.has_alpha:
        name_of_ground = next(known for known, level in LEVELS_OF_GROUND.items() if level == ground)
        changed.append(f"transparent parts were filled with {name_of_ground}")
    if header.is_turned:
        changed.append("turned upright, as the EXIF data of the picture say")
    if header.frames > 1:
        changed.append(f"the first of {header.frames} pages or frames was taken")
    if scaled:
        changed.append(f"made smaller from {header.size[0]}×{header.size[1]} to {size[0]}×{size[1]} pixels")
    # Formats with 8 or 16 bits declare their range; others do not.
    highest = _DEEP.get(header.depth)
    if highest is None:
        return _from_floats(pixels, title, tuple(changed))
    return PictureSource(_levels(pixels / highest), pixels.shape, title, tuple(changed), notes.report().warnings)


def picture_of_array(values: ArrayLike, name: str = "drawing", *, low: float = 0.0, high: float = 1.0) -> PictureSource:
    """Return a picture ``(H, W)``, ``(C, H, W)`` or ``(H, W, C)`` with values from ``low`` to ``high``; C is 1 or 3.

    Values outside of this range are clipped, and those that are not finite become the median of the others.

    Raises
    ------
    DataError
        If the array has another shape, or no finite value.
    """
    pixels = np.asarray(values, np.float32)
    if pixels.ndim == 2:
        pixels = pixels[None]
    elif pixels.ndim == 3 and pixels.shape[0] not in (1, 3) and pixels.shape[2] in (1, 3):
        pixels = pixels.transpose(2, 0, 1)
    if pixels.ndim != 3 or pixels.shape[0] not in (1, 3) or 0 in pixels.shape or max(pixels.shape[1:]) > 4 * MAX_SIDE:
        raise DataError(
            f"{name}: an array of shape {np.shape(values)} is not a picture; pass (H, W), (1, H, W) or (3, H, W)"
        )
    shares = (pixels - low) / ((high - low) or 1.0)
    warnings = []
    # One NaN would make every step of the fitting NaN.
    lost = ~np.isfinite(shares)
    if lost.all():
        raise DataError(f"{name}: the picture has no finite value")
    if lost.any():
        shares[lost] = np.median(shares[~lost])
        warnings.append(f"{int(lost.sum()):,} pixels are not finite, and were filled with the median of the others")
    if ((shares < 0) | (shares > 1)).any():
        warnings.append(f"values outside of {low:g} to {high:g} were clipped")
    return PictureSource(_levels(shares), shares.shape, name, (), tuple(warnings))


def _size(header: Header) -> tuple[tuple[int, int], bool]:
    """Return width and height to decode to, and whether they are smaller than those of the picture."""
    factor = MAX_SIDE / max(header.size)
    if factor >= 1:
        return header.size, False
    width, height = (max(1, round(side * factor)) for side in header.size)
    return (width, height), True


def _from_floats(pixels: NDArray[np.float32], name: str, changed: tuple[str, ...]) -> PictureSource:
    """Return a picture of floats or whole numbers of 32 bits, whose range no format declares."""
    finite = pixels[np.isfinite(pixels)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    source = picture_of_array(pixels, name, low=low, high=high)
    note = f"its values, {low:g} to {high:g}, were scaled to the range from black to white"
    return PictureSource(source.pixels, source.shape, name, (*changed, note), source.warnings)


def _levels(shares: NDArray[np.floating]) -> bytes:
    levels: NDArray[np.uint16] = np.rint(np.clip(shares, 0, 1) * LEVELS).astype(np.uint16)
    return levels.tobytes()

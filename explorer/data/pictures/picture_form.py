"""Chooses the form that all pictures of a data set get, from their headers, and says what that changes.

1. The size: ``picture_size``; or the size that all or nearly all have; or a square of 64 pixels.
2. Grey or colour, and how many bits: what keeps all values, unless ``picture_mode`` says otherwise.
3. The ground under transparent parts (see `explorer.data.pictures.picture_ground`).
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

import numpy as np
from PIL import Image

from explorer.config import DataConfig
from explorer.data.dataset import DataError
from explorer.data.pictures.picture_decoding import PictureForm
from explorer.data.pictures.picture_file import Header, PictureFile
from explorer.data.reading.limits import ARRAY_BYTES
from explorer.data.report import Notes, counted, noun, some

AUTO_SIDE = 64
"""Side in pixels that pictures of different sizes get."""
# A few pictures of another size are accidents; with more, sizes vary by nature, as those of photos do.
NEARLY_ALL = 0.9
"""A size that this share of the pictures has is kept; the others are fitted to it."""
LARGE_SIDE = 128
"""For pictures with longer sides a smaller size is offered."""

Pictures = Sequence[tuple[PictureFile, Header]]


def choose_form(pictures: Pictures, count: int, config: DataConfig, notes: Notes, where: str) -> PictureForm:
    """Return the form of all pictures but for the ground, and write what it changes into the report.

    Parameters
    ----------
    count
        The number of pictures of the whole data set; a preview has the headers of fewer.

    Raises
    ------
    DataError
        If the pictures take too much memory.
    """
    headers = [header for _, header in pictures]
    dtype = _depth(headers)
    channels = _channels(headers, config)
    size = _size(headers, count * channels * np.dtype(dtype).itemsize, config, notes)
    form = PictureForm(size, channels, dtype, config.picture_fit)
    needed = count * math.prod(form.shape) * np.dtype(dtype).itemsize
    if needed > ARRAY_BYTES.value:
        raise DataError(
            f"{where}: the pictures take {needed:,} bytes of memory; set data.picture_size to make them smaller, or "
            f"raise the limit of {ARRAY_BYTES.value:,} by the environment variable {ARRAY_BYTES.variable}"
        )
    _note_colours(pictures, form, notes)
    return form


def _depth(headers: Sequence[Header]) -> type[np.generic]:
    # The deepest picture decides: fewer bits would cut its values, more keep those of all others.
    depths = {header.depth for header in headers}
    return next((depth for depth in (np.float32, np.uint16) if depth in depths), np.uint8)


def _channels(headers: Sequence[Header], config: DataConfig) -> int:
    if config.picture_mode != "auto":
        return 1 if config.picture_mode == "grey" else 3
    return 1 if all(header.is_grey for header in headers) else 3


def _size(headers: Sequence[Header], bytes_per_pixel: int, config: DataConfig, notes: Notes) -> tuple[int, int]:
    """Return the width and height of all pictures; say how many change."""
    sizes = Counter(header.size for header in headers)
    (usual, number) = sizes.most_common(1)[0]
    reason = ""
    # A size that nearly all have is what the data set means; the few others are fitted to it.
    if config.picture_size:
        size = (config.picture_size, config.picture_size)
    elif number == len(headers) and usual[0] * usual[1] * bytes_per_pixel > ARRAY_BYTES.value:
        size, reason = (AUTO_SIDE, AUTO_SIDE), "; all pixels would take too much memory"
    elif number >= NEARLY_ALL * len(headers) and usual[0] * usual[1] * bytes_per_pixel <= ARRAY_BYTES.value:
        size, reason = usual, ", the size of the others"
    else:
        side = _usual_side(headers)
        size, reason = (side, side), "; data.picture_size chooses another size"
    _note_sizes(headers, size, reason, config, notes)
    return size


def _usual_side(headers: Sequence[Header]) -> int:
    """Return 64, or the median of the shorter sides if it is less, as a multiple of 4 for convolutions."""
    # Not enlarged beyond what half of the pictures have: made-up pixels only cost time.
    median = int(np.median([min(header.size) for header in headers]))
    side = min(AUTO_SIDE, median)
    return side if side < 8 else side - side % 4


def _note_sizes(
    headers: Sequence[Header], size: tuple[int, int], reason: str, config: DataConfig, notes: Notes
) -> None:
    fitted = [header for header in headers if header.size != size]
    if not fitted:
        if max(size) > LARGE_SIDE and not config.picture_size:
            text = f"make the pictures {AUTO_SIDE}×{AUTO_SIDE} pixels instead of {_by(size)}: training is faster"
            notes.offer("picture_size", str(AUTO_SIDE), text)
        return
    before = {header.size for header in fitted}
    was = f"of {_by(fitted[0].size)}" if len(before) == 1 else f"of {len(before):,} sizes, {_span(before)},"
    # 2 % of rounding is allowed: 640×427 and 960×640 are the same proportions of a camera.
    other = [header for header in fitted if abs(header.size[0] * size[1] / (header.size[1] * size[0]) - 1) > 0.02]
    how = {"crop": "cropped to the middle", "pad": "padded at the edges", "stretch": "stretched"}[config.picture_fit]
    how = f", {len(other):,} of them {how}" if other else ""
    enlarged = sum(header.size[0] < size[0] or header.size[1] < size[1] for header in fitted)
    how += f"; {enlarged:,} were enlarged" if enlarged else ""
    notes.changed(f"{counted(len(fitted), 'picture')} {was} became {_by(size)}{how}{reason}")
    offers = {
        "crop": "cut the edges off pictures of other proportions",
        "pad": "keep the whole of each picture, with a border",
        "stretch": "keep the whole of each picture, with other proportions",
    }
    for fit, text in offers.items():
        if other and fit != config.picture_fit:
            notes.offer("picture_fit", fit, text)


def _span(sizes: Iterable[tuple[int, int]]) -> str:
    by_area = sorted(sizes, key=lambda size: size[0] * size[1])
    return f"from {_by(by_area[0])} to {_by(by_area[-1])}"


def _note_colours(pictures: Pictures, form: PictureForm, notes: Notes) -> None:
    """Write into the report how many pictures change colours or bits, in which formats they are, and how they lie."""
    headers = [header for _, header in pictures]
    modes = Counter(header.mode for header in headers if header.mode in ("CMYK", "YCbCr", "LAB", "HSV"))
    for mode, number in modes.items():
        notes.changed(f"{counted(number, 'picture')} in {'Lab' if mode == 'LAB' else mode} became RGB")
    greys = sum(header.is_grey for header in headers)
    if form.channels == 3 and greys:
        notes.changed(f"{counted(greys, 'picture')} in grey became colour, with three equal channels")
    if form.channels == 1 and greys < len(headers):
        notes.changed(f"{counted(len(headers) - greys, 'picture')} in colour became grey")
    shallow = sum(header.depth == np.uint8 for header in headers)
    if form.dtype == np.uint16 and shallow:
        notes.changed(f"{counted(shallow, 'picture')} with 8 bits per value were scaled to the range of 16 bits")
    if form.dtype == np.float32:
        notes.understood("the values of the pictures are kept as 32-bit floats")
    lost = [file.name for file, header in pictures if header.loses_bits]
    if lost:
        notes.changed(f"{counted(len(lost), 'picture')} with 16 bits per colour became 8 bits ({some(lost, 3)})")
    turned = sum(header.is_turned for header in headers)
    if turned:
        notes.changed(f"{counted(turned, 'picture')} were turned upright, as their EXIF data say")


def note_files(pictures: Pictures, notes: Notes) -> None:
    """Write the formats into the report, which suffixes are wrong, and how many frames are left out."""
    formats = Counter(header.format for _, header in pictures)
    if any(formats):  # the pages of a file have none of their own
        notes.understood(f"formats: {', '.join(f'{number:,} {name}' for name, number in formats.most_common())}")
    # A wrong suffix does no harm here, as the bytes decide, but other programs may stumble over it.
    registered = Image.registered_extensions()
    wrong = []
    for file, header in pictures:
        suffix = PurePosixPath(file.name).suffix.lower()
        if suffix and header.format and registered.get(suffix, header.format) not in (header.format, "DIB"):
            wrong.append(f"{file.name} is {header.format}")
    if wrong:
        notes.understood(f"{counted(len(wrong), 'picture')} read in spite of another suffix: {some(wrong, 3)}")
    several = [(file.name, header.frames) for file, header in pictures if header.frames > 1]
    further = sum(header.frames - 1 for _, header in pictures)
    notes.left_out(
        noun(further, "further page or frame", "further pages and frames"),
        "the first one of each file is read",
        [f"{name}: {frames - 1:,}" for name, frames in several],
        count=further,
    )


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"

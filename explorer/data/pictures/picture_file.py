"""One picture: how it is opened, what its header says, and why it cannot be read."""

import logging
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from PIL import Image, TiffImagePlugin, UnidentifiedImageError

from explorer.data.dataset import DataError
from explorer.data.reading.limits import PICTURE_BYTES, PICTURE_PIXELS, Limit

# EPS, for example, is not among them, as Pillow starts Ghostscript for it.
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "DIB", "TIFF", "GIF", "JPEG2000", "AVIF", "PPM")
"""Pillow's names of the formats that are read; the others include some that call other programs."""
SUFFIXES = frozenset(
    {".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".dib", ".tif", ".tiff", ".gif", ".avif"}
    | {".jp2", ".j2k", ".j2c", ".jpx", ".jpf", ".pgm", ".ppm", ".pbm", ".pnm"}
)
FORMATS_TEXT = "PNG, JPEG, WebP, BMP, TIFF, GIF, JPEG 2000, AVIF or PGM"

EMPTY = "the file is empty"
DESPITE_NAME = ", despite the file name"
"""Ends `NO_PICTURE` for files; pasted pictures have no file name."""
NO_PICTURE = f"the content is not {FORMATS_TEXT}{DESPITE_NAME}"
DAMAGED = "the picture is damaged, cut off, or a rare variety of its format"
UNOPENED = "the file cannot be opened"

_FAULTS = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    EOFError,
    AssertionError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
"""The exceptions that Pillow and archives raise for damaged files."""
_TIFF = (b"II*\0", b"MM\0*")
_BEGINNINGS = (b"\x89PNG\r\n", b"\xff\xd8\xff", *_TIFF, b"GIF8", b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51")
_DEEP_GREY: dict[str, type[np.generic]] = {
    "I;16": np.uint16,
    "I;16B": np.uint16,
    "I;16L": np.uint16,
    "I;16N": np.uint16,
    "I": np.float32,
    "F": np.float32,
}
_GREY_MODES = frozenset({"1", "L", "LA", "La", *_DEEP_GREY})
_ORIENTATION = 274  # number of the EXIF tag
_TURNED = frozenset({5, 6, 7, 8})  # orientations that exchange width and height


# Pillow logs what it cannot decode; the report says it, and the terminal need not.
logging.getLogger("PIL").addHandler(logging.NullHandler())


class Unreadable(Exception):
    """A picture cannot be read; the text is the reason, the same for all pictures with the same fault."""


@dataclass(frozen=True)
class PictureFile:
    """A picture that can be opened at any time, from any thread.

    Attributes
    ----------
    name
        Its path within the folder or archive, with "/" between folders.
    open
        Opens its bytes.
    page
        The picture itself if it is a page of a larger file; ``open`` is not used then.
    """

    name: str
    open: Callable[[], BinaryIO]
    page: Image.Image | None = None


@dataclass(frozen=True)
class Header:
    """What is known of a picture before it is decoded.

    Attributes
    ----------
    size
        Width and height of the upright picture.
    format, mode
        Pillow's names of the format and of the kind of pixels.
    depth
        The dtype that keeps its values.
    is_grey, has_alpha, is_turned
        Whether it has no colours, has transparency, and is stored lying on its side or mirrored.
    frames
        The number of pages, or of frames of an animation.
    loses_bits
        Whether its 16 bits per colour can only be read as 8.
    """

    size: tuple[int, int]
    format: str
    mode: str
    depth: type[np.generic]
    is_grey: bool
    has_alpha: bool
    is_turned: bool
    frames: int
    loses_bits: bool

    @property
    def pixels(self) -> int:
        """The number of pixels."""
        return self.size[0] * self.size[1]


@contextmanager
def opened(file: PictureFile) -> Iterator[Image.Image]:
    """Open a picture; its pixels are decoded when they are first used.

    Raises
    ------
    Unreadable
        If opening it, or what is done with it, fails.
    """
    try:
        if file.page is not None:
            yield file.page
            return
        # Pillow's own limit, which is for the whole process, is changed only if the user asks for a higher one.
        if PICTURE_PIXELS.value > max(PICTURE_PIXELS.default, Image.MAX_IMAGE_PIXELS or sys.maxsize):
            Image.MAX_IMAGE_PIXELS = PICTURE_PIXELS.value
        with file.open() as stream, Image.open(stream, formats=FORMATS) as picture:
            check_picture(picture)
            yield picture
    # DataError is a ValueError: without this line, it would be taken for a damaged picture.
    except (DataError, Unreadable):
        raise
    except _FAULTS as error:
        raise Unreadable(_reason(file, error)) from error


def check_picture(picture: Image.Image) -> None:
    """Raise Unreadable if a picture has too many pixels, or takes too much memory when it is decoded."""
    pixels = picture.width * picture.height
    # Pillow stores three colours in four bytes, and reads colours with 16 bits twice (see `picture_decoding`).
    size = (
        pixels * (4 if len(picture.getbands()) > 1 or picture.mode in "IF" else 1) * (1 + (";16" in raw_mode(picture)))
    )
    for limit, amount, what in ((PICTURE_PIXELS, pixels, "pixels"), (PICTURE_BYTES, size, "bytes in memory")):
        if amount > limit.value:
            raise Unreadable(_too_large(limit, what))


def _too_large(limit: Limit, what: str) -> str:
    return f"the picture has more than {limit.value:,} {what}; make it smaller first ({limit.raising})"


def read_header(file: PictureFile) -> Header:
    """Return the header of a picture.

    Raises
    ------
    Unreadable
        If the file is not a picture.
    """
    with opened(file) as picture:
        orientation = _orientation(picture)
        width, height = picture.size
        raw = raw_mode(picture)
        keeps = raw.partition(";")[0] in ("RGB", "RGBA", "RGBX")
        deep_colour = ";16" in raw and picture.mode not in _DEEP_GREY
        return Header(
            size=(height, width) if orientation in _TURNED else (width, height),
            # Phones write MPO, a JPEG with further views behind it, under the suffix .jpg.
            format="JPEG" if picture.format == "MPO" else picture.format or "",
            mode=picture.mode,
            # Mode I has 32 bits: float32 keeps all whole numbers up to 16 million exactly.
            depth=_DEEP_GREY.get(picture.mode, np.uint16 if deep_colour and keeps else np.uint8),
            is_grey=picture.mode in _GREY_MODES or _has_grey_palette(picture),
            has_alpha=picture.has_transparency_data,
            is_turned=orientation > 1,
            frames=getattr(picture, "n_frames", 1),
            loses_bits=deep_colour and not keeps,
        )


def raw_mode(picture: Image.Image) -> str:
    """Return how the pixels are stored, in Pillow's words, such as "RGB;16B"; "" if the parts of a picture differ."""
    arguments = {_first(tile[3]) for tile in getattr(picture, "tile", ())}
    return arguments.pop() if len(arguments) == 1 else ""


def _first(arguments: object) -> str:
    first = arguments[0] if isinstance(arguments, tuple) and arguments else arguments
    return first if isinstance(first, str) else ""


def _orientation(picture: Image.Image) -> int:
    # A PNG is decoded to look for EXIF data behind its pixels, where almost none has them.
    if picture.format == "PNG" and "exif" not in picture.info:
        return 1
    orientation = picture.getexif().get(_ORIENTATION, 1)
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1


def _has_grey_palette(picture: Image.Image) -> bool:
    if picture.mode != "P":
        return False
    palette = np.array(picture.getpalette() or [0, 1, 2], np.uint8).reshape(-1, 3)
    return bool((palette == palette[:, :1]).all())


def looks_like_picture(head: bytes) -> bool:
    """Return whether the first 16 bytes of a file are those of a picture."""
    # Two letters begin many texts as well; the four reserved bytes of a bitmap are 0.
    is_bitmap = head.startswith(b"BM") and head[6:10] == bytes(4)
    is_box = head[8:12] == b"WEBP" or head[4:12] in (b"ftypavif", b"ftypavis")
    return head.startswith(_BEGINNINGS) or is_bitmap or is_box


def _reason(file: PictureFile, error: BaseException) -> str:
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return _too_large(PICTURE_PIXELS, "pixels")
    if isinstance(error, PermissionError | FileNotFoundError):
        return UNOPENED
    try:
        with file.open() as stream:
            head = stream.read(16)
    except _FAULTS:
        return UNOPENED
    if not head:
        return EMPTY
    bands = _tiff_bands(file) if head.startswith(_TIFF) else 0
    if bands > 1:
        return f"a TIFF with {bands} bands of a kind that cannot be read; save all pictures as one .npy array"
    # Portable grey maps begin with two letters that many texts begin with as well.
    is_known = looks_like_picture(head) or not isinstance(error, UnidentifiedImageError)
    return DAMAGED if is_known else NO_PICTURE


def _tiff_bands(file: PictureFile) -> int:
    """Return how many values a pixel of a TIFF has, as its header says; 0 if it is damaged."""
    try:
        with file.open() as stream:
            directory = TiffImagePlugin.ImageFileDirectory_v2(stream.read(8))
            stream.seek(directory.next)
            directory.load(stream)
            return int(directory.get(TiffImagePlugin.SAMPLESPERPIXEL, 1))
    except _FAULTS:
        return 0

"""Data sets from folders of PNG, JPEG, BMP and TIFF pictures, with sub-folders as classes.

Sub-folders named train, validation and test are splits, and the folders in them are classes.

1. List all pictures below the folder, in a fixed order.
2. Read their headers, and find a common size and type: 8-bit colour, or grey with 8 or 16 bits or as floats. Pictures
   that differ in size need ``picture_size``; it crops to the central square and resizes.
3. Check the memory they need and allocate one array.
4. Decode each picture into it, upright, with transparent parts over white.
5. Take splits and classes from the folders.
"""

import math
import struct
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from explorer.config import DataConfig
from explorer.data.assemble import assemble
from explorer.data.catalog import opens
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.sources.arrays import picture_range
from explorer.data.splits import are_split_names, read_split_names

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"})
FORMATS = ("PNG", "JPEG", "BMP", "TIFF")
MAX_BYTES = 4 << 30
"""Maximum size of the array of all pictures: 4 GiB."""
_GREY_TYPES: dict[str, type[np.generic]] = {
    "1": np.uint8,
    "L": np.uint8,
    "I;16": np.uint16,
    "I;16B": np.uint16,
    "I;16L": np.uint16,
    "I": np.float32,
    "F": np.float32,
}
_FAULTS = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    struct.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
"""The exceptions that Pillow raises for damaged files."""
_TURNED = frozenset({5, 6, 7, 8})  # EXIF orientations that exchange width and height
_ORIENTATION, _BITS_PER_SAMPLE = 274, 258  # numbers of EXIF and TIFF tags


@dataclass(frozen=True)
class _Header:
    """The size and type of a picture, known before it is decoded."""

    size: tuple[int, int]  # width, height, upright
    grey_type: type[np.generic] | None  # None for colour


def picture_files(folder: Path) -> list[Path]:
    """Return all pictures below a folder in a fixed order, without hidden files and folders."""
    return files_with_suffix(folder, SUFFIXES)


def files_with_suffix(folder: Path, suffixes: frozenset[str]) -> list[Path]:
    """Return all files below a folder with one of these suffixes, sorted by path, without hidden files and folders."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in suffixes and path.is_file())
    visible = (path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))
    return sorted(visible, key=lambda path: path.relative_to(folder).as_posix())


def picture_size(file: Path) -> tuple[int, int]:
    """Return the width and height of an upright picture, from its header.

    Raises
    ------
    DataError
        If the file is not a picture.
    """
    return _read_header(file).size


def _holds_pictures(path: Path) -> bool:
    if not path.is_dir():
        return path.suffix.lower() in SUFFIXES
    return any(entry.suffix.lower() in SUFFIXES for entry in path.rglob("*"))


@opens("folder of pictures", recognizes=_holds_pictures)
def open_pictures(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open a folder of pictures; see the module for how folders are interpreted.

    Raises
    ------
    DataError
        If a picture is unreadable, or pictures differ in size and no size is set.
    """
    if path.is_file():
        raise DataError(f"{path} is a single picture; choose the folder with the pictures")
    for setting in ("label_column", "group_column", "split_column"):
        if getattr(config, setting):
            raise DataError(f"{path}: a folder of pictures has no columns; leave data.{setting} empty")
    files = picture_files(path)
    if not files:
        raise DataError(f"{path} contains no pictures")
    headers = []
    for done, file in enumerate(files):
        context.report(done, 2 * len(files), f"looking at {file.name}")
        headers.append(_read_header(file))
    width, height = _common_size(files, headers, config.picture_size)
    grey_type = _common_type(headers, config.picture_mode, path)
    samples = _allocate(len(files), grey_type, height, width, path)
    for done, file in enumerate(files):
        context.report(len(files) + done, 2 * len(files), f"reading {file.name}")
        samples[done] = _read_picture(file, grey_type, (width, height))
    assigned, labels, class_names = _folders_as_classes(path, files)
    return assemble(
        config,
        name=path.resolve().name,
        kind="image",
        samples=samples,
        value_range=(0.0, 255.0) if samples.dtype == np.uint8 else picture_range(samples),
        labels=labels,
        class_names=class_names,
        assigned=assigned,
    )


def _read_header(file: Path) -> _Header:
    try:
        with Image.open(file, formats=FORMATS) as picture:
            # Pillow decodes lazily: the header is known, but no pixel has been read.
            _check_depth(picture, file)
            width, height = picture.size
            if picture.getexif().get(_ORIENTATION) in _TURNED:  # the picture is stored on its side
                width, height = height, width
            return _Header((width, height), _GREY_TYPES.get(picture.mode, np.uint8 if picture.mode == "LA" else None))
    except DataError:
        raise
    except _FAULTS as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: BaseException) -> DataError:
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return DataError(f"{file}: the picture has more than {Image.MAX_IMAGE_PIXELS:,} pixels; make it smaller first")
    if isinstance(error, UnidentifiedImageError):
        return DataError(f"{file}: not a PNG, JPEG, BMP or TIFF picture, in spite of its name")
    return DataError(f"{file}: the picture is damaged ({str(error).splitlines()[0]})")


def _check_depth(picture: Image.Image, file: Path) -> None:
    """Raise DataError for what Pillow would silently drop: 16-bit colours, and all pages but the first."""
    if getattr(picture, "n_frames", 1) > 1:
        raise DataError(f"{file} contains {getattr(picture, 'n_frames', 1)} pictures; save each to a file of its own")
    deep = "use 16-bit grey, or save the pictures as an .npz array"
    if picture.format == "PNG":
        with file.open("rb") as stream:
            header = stream.read(26)
        if header[24] == 16 and header[25] != 0:  # bit depth, and colour type, which is 0 for grey
            raise DataError(f"{file}: 16-bit colour PNG would be cut to 8 bits; {deep}")
    if picture.format == "TIFF" and picture.mode not in _GREY_TYPES:
        bits = getattr(picture, "tag_v2", {}).get(_BITS_PER_SAMPLE, (8,))
        if max(np.atleast_1d(bits)) > 8:
            raise DataError(f"{file}: {max(np.atleast_1d(bits))}-bit colour TIFF would be cut to 8 bits; {deep}")


def _common_size(files: list[Path], headers: list[_Header], picture_size: int) -> tuple[int, int]:
    if picture_size:
        return picture_size, picture_size
    sizes = Counter(header.size for header in headers)
    if len(sizes) > 1:
        usual = sizes.most_common(1)[0][0]
        other = next(index for index, header in enumerate(headers) if header.size != usual)
        width, height = headers[other].size
        raise DataError(
            f"{files[other]} has {width}×{height} pixels, but others have {usual[0]}×{usual[1]}; "
            "set data.picture_size (for example to 64) to resize them all"
        )
    return headers[0].size


def _common_type(headers: list[_Header], mode: str, path: Path) -> type[np.generic] | None:
    """Return the dtype that stores the grey values of all pictures without loss, or None for 8-bit colour."""
    types = {header.grey_type for header in headers}
    if mode == "auto" and None in types and types & {np.uint16, np.float32}:
        raise DataError(f"{path} mixes 16-bit grey and colour pictures; set data.picture_mode to grey")
    if mode == "colour" and types & {np.uint16, np.float32}:
        raise DataError(f"{path}: 16-bit grey would be cut to 8 bits in colour; set data.picture_mode to grey")
    if mode == "colour" or (mode == "auto" and None in types):
        return None
    return next((dtype for dtype in (np.float32, np.uint16) if dtype in types), np.uint8)


def _allocate(count: int, grey_type: type[np.generic] | None, height: int, width: int, path: Path) -> NDArray[Any]:
    shape = (count, 3 if grey_type is None else 1, height, width)
    dtype = np.dtype(grey_type or np.uint8)
    size = dtype.itemsize * math.prod(shape)
    if size > MAX_BYTES:
        raise DataError(
            f"{path}: the pictures take {size:,} bytes of memory; set data.picture_size to make them smaller"
        )
    return np.empty(shape, dtype=dtype)


def _read_picture(file: Path, grey_type: type[np.generic] | None, size: tuple[int, int]) -> NDArray[Any]:
    """Return one upright picture ``(C, H, W)`` in the given dtype and size."""
    try:
        with Image.open(file, formats=FORMATS) as opened:
            picture = ImageOps.exif_transpose(opened)
            if grey_type in (None, np.uint8):
                converted = _over_white(picture).convert("RGB" if grey_type is None else "L")
                return _channels_first(np.asarray(_fit(converted, size)))
            return _deep_grey(picture, np.dtype(grey_type), size)
    except _FAULTS as error:
        raise _unreadable(file, error) from error


def _over_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture
    layer = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)


def _deep_grey(picture: Image.Image, dtype: np.dtype[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Return 16-bit or float grey values ``(1, H, W)``; 8-bit pictures are scaled to the range of 16 bits."""
    eight_bit = _GREY_TYPES.get(picture.mode) in (None, np.uint8)
    if picture.size == size and not eight_bit:
        return np.asarray(picture).astype(dtype)[np.newaxis]
    grey = (_over_white(picture).convert("L") if eight_bit else picture).convert("F")
    factor = 257.0 if eight_bit and dtype == np.uint16 else 1.0  # 255 · 257 = 65535
    values = np.asarray(_fit(grey, size)) * np.float32(factor)
    if dtype == np.uint16:
        values = np.clip(np.rint(values), 0, 65535)
    return values.astype(dtype)[np.newaxis]


def _fit(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    # Pillow's bilinear filter averages when it shrinks, and unlike Lanczos it never leaves the range of the values.
    return picture if picture.size == size else ImageOps.fit(picture, size, Image.Resampling.BILINEAR)


def _channels_first(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return pixels[np.newaxis] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)


def _folders_as_classes(
    root: Path, files: list[Path]
) -> tuple[NDArray[np.str_] | None, NDArray[np.int64] | None, tuple[str, ...]]:
    folders = [file.relative_to(root).parts[:-1] for file in files]
    assigned: NDArray[np.str_] | None = None
    if are_split_names(parts[0] if parts else "" for parts in folders):
        assigned = read_split_names([parts[0] for parts in folders], where=str(root))
        folders = [parts[1:] for parts in folders]
    if not any(folders):
        return assigned, None, ()
    # Pictures outside every sub-folder have no class.
    names = [parts[0] if parts else "" for parts in folders]
    class_names = sorted({name for name in names if name})
    index = {name: number for number, name in enumerate(class_names)}
    return assigned, np.array([index.get(name, -1) for name in names], dtype=np.int64), tuple(class_names)

"""Decodes a picture into the form that all pictures of a data set share.

1. Let the decoder of JPEG skip pixels if the picture is to become much smaller.
2. Turn the picture upright, convert its colours, and blend transparent parts with the ground.
3. Crop, pad or stretch it to the common size.

Pictures with more than 8 bits take a second way in floats, since Pillow has no 16-bit colours.
"""

import sys
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

from explorer.data.pictures.picture_file import PictureFile, opened, raw_mode
from explorer.data.preparation import fit_picture

LEVELS = {"white": 255, "grey": 128, "black": 0}
"""Grey levels of the grounds."""
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # as Pillow converts colours to grey (ITU-R 601)
_TO_16_BITS = 257  # 255 · 257 = 65535
# The other byte of each 16-bit value is read by pretending the other order of bytes.
_OTHER_BYTE = {"16B": "16L", "16L": "16B", "16N": "16B" if sys.byteorder == "little" else "16L"}


@dataclass(frozen=True)
class PictureForm:
    """What all pictures of a data set become.

    Attributes
    ----------
    size
        Width and height.
    channels
        1 for grey, 3 for colour.
    dtype
        uint8, uint16 or float32.
    ground
        Grey level, 0 to 255, under transparent parts and around padded pictures.
    """

    size: tuple[int, int]
    channels: int
    dtype: type[np.generic]
    fit: Literal["crop", "pad", "stretch"]
    ground: int = 255

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape of one picture, ``(C, H, W)``."""
        return self.channels, self.size[1], self.size[0]

    @property
    def factor(self) -> int:
        """The factor by which values of 8 bits are multiplied."""
        return _TO_16_BITS if self.dtype == np.uint16 else 1


def decode(file: PictureFile, form: PictureForm) -> NDArray[Any]:
    """Return a picture ``(C, H, W)`` in the given form.

    Raises
    ------
    Unreadable
        If it is damaged.
    """
    with opened(file) as picture:
        if form.dtype == np.uint8:
            # Twice the final size, so that the last step averages pixels as it would without this shortcut.
            # Formats other than JPEG ignore it.
            picture.draft(picture.mode, (2 * max(form.size), 2 * max(form.size)))
            flat = _flat(picture, form.ground).convert("RGB" if form.channels == 3 else "L")
            return _channels_first(np.asarray(fit_picture(flat, form.size, form.fit, form.ground)))
        return _deep(file, picture, form)


def upright(picture: Image.Image) -> Image.Image:
    """Return the picture as it is to be seen, turned as its EXIF data say, with 8-bit colours in RGB."""
    turned = ImageOps.exif_transpose(picture)
    # Pillow has no conversion of its own from Lab to RGB.
    if turned.mode == "LAB":
        lab, rgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        turned = ImageCms.profileToProfile(turned, lab, rgb, outputMode="RGB") or turned
    return turned.convert("RGB") if turned.mode in ("CMYK", "YCbCr", "HSV") else turned


def _flat(picture: Image.Image, ground: int) -> Image.Image:
    """Return the upright picture with transparent parts blended with the ground."""
    seen = upright(picture)
    # It also sees the transparency of palettes and of a single colour, for which the mode has no letter.
    if not seen.has_transparency_data:
        return seen
    layer = seen.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, (ground, ground, ground, 255)), layer)


def _channels_first(pixels: NDArray[Any]) -> NDArray[Any]:
    return pixels[np.newaxis] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)


def _deep(file: PictureFile, picture: Image.Image, form: PictureForm) -> NDArray[Any]:
    """Return a picture with 16 bits or as floats; one with 8 bits is scaled to the range of 16."""
    values = _deep_values(file, picture, form)
    if values.ndim == 3 and form.channels == 1:
        values = values @ _LUMA
    planes = [values] * form.channels if values.ndim == 2 else list(values.transpose(2, 0, 1))
    ground = float(form.ground * form.factor)
    # Plane by plane, as Pillow has floats with one channel only.
    pictures = [Image.fromarray(np.ascontiguousarray(plane)) for plane in planes]
    fitted = np.stack([np.asarray(fit_picture(picture, form.size, form.fit, ground)) for picture in pictures])
    if form.dtype == np.uint16:
        fitted = np.clip(np.rint(fitted), 0, 65535)
    return fitted.astype(form.dtype)


def _deep_values(file: PictureFile, picture: Image.Image, form: PictureForm) -> NDArray[np.float32]:
    """Return the values of an upright picture, ``(H, W)`` or ``(H, W, 3)``."""
    raw = raw_mode(picture)
    if picture.mode[0] in "IF":
        return np.asarray(ImageOps.exif_transpose(picture)).astype(np.float32)
    if ";16" not in raw or raw.partition(";")[0] not in ("RGB", "RGBA", "RGBX"):
        flat = _flat(picture, form.ground)
        grey = form.channels == 1 or flat.mode in ("1", "L")
        return np.asarray(flat.convert("L" if grey else "RGB")).astype(np.float32) * np.float32(form.factor)
    # Pillow reads the high byte of each 16-bit colour. The low byte comes from a second reading below.
    high = np.asarray(ImageOps.exif_transpose(picture)).astype(np.float32)
    with opened(file) as again:
        order = raw.partition(";")[2]
        tiles = getattr(again, "tile", ())
        # The tile names the decoder and the raw order of bytes. It is not public, but the only way to the low bytes.
        again.tile = [tile._replace(args=_with_raw_mode(tile.args, raw, order)) for tile in tiles]  # type: ignore[attr-defined]
        low = np.asarray(ImageOps.exif_transpose(again)).astype(np.float32)
    values = high * 256 + low
    if picture.mode != "RGBA":
        return np.ascontiguousarray(values[..., :3])
    alpha = values[..., 3:] / np.float32(65535)
    blended: NDArray[np.float32] = values[..., :3] * alpha + np.float32(form.ground * _TO_16_BITS) * (1 - alpha)
    return blended


def _with_raw_mode(arguments: Any, raw: str, order: str) -> Any:
    other = raw.replace(order, _OTHER_BYTE[order])
    return (other, *arguments[1:]) if isinstance(arguments, tuple) else other

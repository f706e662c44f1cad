"""The font of drawings: one of the system's with all signs that units need, else Pillow's own."""

from functools import cache

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_CANDIDATES = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "segoeui.ttf", "Arial.ttf", "Helvetica.ttc")


@cache
def font_of(size: int) -> Font:
    """Return the font in a size in pixels."""
    for name in _CANDIDATES:
        try:
            return ImageFont.truetype(name, size)
        except OSError:  # this system does not have it
            continue
    return ImageFont.load_default(size)

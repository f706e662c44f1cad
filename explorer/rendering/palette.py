"""Colours that carry data: classes and continuous values, for dark and light planes. No Qt."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

PLANE_GROUND: Final = {True: "#101216", False: "#ffffff"}
"""Background of the points, by ``dark``; the contrast of every colour here is measured against it."""

# Petroff's ten (arXiv 2107.02270), adjusted for each background until every colour has a contrast of 3:1 against it and
# any two differ by a CIEDE2000 of at least 13, for full colour vision and for the three dichromacies of Machado et al.
# (2009).
_DARK = ("4f9de7", "ffc507", "c52608", "96a3a4", "923dc6", "aa776a", "f06b02", "bfbd89", "4c747c", "a0e8ec")
_LIGHT = ("4091db", "be8701", "c81a04", "879394", "842eb6", "653125", "eb456b", "5f7149", "7b6d8c", "025155")

RUN_COLOURS: Final = {
    True: ("#2fc58f", "#ffa0d0", "#8f8bff", "#d9f06a"),
    False: ("#008a5e", "#d8409a", "#1f2a9c", "#7f9400"),
}
"""Colours of runs, by ``dark``, never those of classes.

Each has 3:1 against its ground, a CIEDE2000 of at least 15 to the others (full colour vision and three dichromacies),
and of at least 13 to every class colour (full colour vision).
"""

INFORMATION_COLOURS: Final = {
    True: {"truth": "#5b9dff", "belief": "#f2b84b", "kl": "#6fcf97"},
    False: {"truth": "#1f6feb", "belief": "#a86200", "kl": "#1b7a45"},
}
"""Colours of P, of Q and of their KL, by ``dark``; as text they have a contrast of 4.5:1 against the panel."""

NO_CLASS: Final = {True: (139, 149, 163), False: (102, 112, 125)}
"""Grey for samples of unknown class or without a value, by ``dark``."""


def class_colours(count: int, dark: bool) -> NDArray[np.uint8]:
    """Return one colour per class.

    Parameters
    ----------
    count
        Number of classes. Colour-blind readers can distinguish the first ten. The others come from glasbey, where each
        colour is as far as possible from those before it; they repeat after about two hundred.
    dark
        Whether the plane is dark.

    Returns
    -------
    ``(count, 3)`` sRGB.
    """
    ten = _from_hex([f"#{code}" for code in (_DARK if dark else _LIGHT)])
    if count <= len(ten):
        return ten[:count]
    further = np.concatenate([ten, _glasbey(dark)])
    return further[np.arange(count) % len(further)]


def continuous_colours(values: NDArray[Any], dark: bool) -> NDArray[np.uint8]:
    """Colour a continuous attribute from low to high.

    The map is perceptually uniform (Kovesi's CET-L maps, arXiv 1509.03700). Its end that resembles the background is
    cut off, so every value has a contrast of at least 3:1 and high values have the most.

    Parameters
    ----------
    values
        ``(N,)``, with 0 for the lowest and 1 for the highest value. Values beyond are clipped; NaN and infinities have
        the colour `NO_CLASS`.

    Returns
    -------
    ``(N, 3)`` sRGB.
    """
    table = _continuous_table(dark)
    known = np.isfinite(values)
    index = np.zeros(len(values), dtype=np.intp)
    index[known] = np.rint(np.clip(values[known], 0, 1) * (len(table) - 1)).astype(np.intp)
    colours = table[index]
    colours[~known] = NO_CLASS[dark]
    return colours


def relative_luminance(colours: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the WCAG 2 relative luminance, 0 to 1, of ``(..., 3)`` sRGB colours."""
    value = np.asarray(colours, dtype=np.float64) / 255
    # The sRGB transfer function (IEC 61966-2-1) has a linear part near black.
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    luminance: NDArray[np.float64] = linear @ np.array([0.2126, 0.7152, 0.0722])
    return luminance


def contrast_to_ground(colours: NDArray[np.uint8], dark: bool) -> NDArray[np.float64]:
    """Return the WCAG 2 contrast, 1 to 21, of ``(..., 3)`` colours against the background of the plane."""
    ground = np.frombuffer(bytes.fromhex(PLANE_GROUND[dark][1:]), dtype=np.uint8)
    one, other = relative_luminance(colours) + 0.05, relative_luminance(ground) + 0.05
    return np.asarray(np.maximum(one, other) / np.minimum(one, other))


def _glasbey(dark: bool) -> NDArray[np.uint8]:
    import colorcet

    table = _from_hex(colorcet.glasbey_light if dark else colorcet.glasbey_dark)
    return table[contrast_to_ground(table, dark) >= 3]


def _continuous_table(dark: bool) -> NDArray[np.uint8]:
    import colorcet

    table = _from_hex(colorcet.bmy if dark else colorcet.bmy[::-1])
    return table[contrast_to_ground(table, dark) >= 3]


def _from_hex(codes: list[str]) -> NDArray[np.uint8]:
    return np.array([list(bytes.fromhex(code[1:])) for code in codes], dtype=np.uint8)

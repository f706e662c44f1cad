"""Colours that carry data, as the window's parts import them; they are defined where files are drawn, too."""

from explorer.export.palette import (
    NO_CLASS,
    PLANE_GROUND,
    class_colours,
    continuous_colours,
    contrast_to_ground,
    relative_luminance,
)

__all__ = [
    "NO_CLASS",
    "PLANE_GROUND",
    "class_colours",
    "continuous_colours",
    "contrast_to_ground",
    "relative_luminance",
]

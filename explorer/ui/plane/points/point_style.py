"""The style of the points at one zoom: radius and opacity of a mark, by the density of the points. No Qt."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from explorer.ui.plane.points.cloud import Area, Cloud

SMALLEST, LARGEST = 1.6, 4.5
"""Range of a mark's radius at size 1, in logical pixels."""

_CRISP_LIMIT: Final = 500_000
"""Maximum number of pixels touched by discs, counted per disc; above it marks are drawn soft, by a filter."""


@dataclass(frozen=True)
class PointStyle:
    """How points are drawn at one zoom.

    Attributes
    ----------
    radius
        Of one mark, in device pixels.
    crisp
        Whether marks are drawn as discs; otherwise a filter over all of them makes them soft.
    lone
        Opacity of an isolated mark, 0 to 1.
    crowd
        Number of overlapping marks at which the opacity reaches its maximum.
    top
        Maximum opacity, 0 to 1.
    """

    radius: float
    crisp: bool
    lone: float
    crowd: float
    top: float = 1.0


def marks_for(
    cloud: Cloud, area: Area, shape: tuple[int, int], ratio: float = 1.0, size: float = 1.0, opacity: float = 1.0
) -> PointStyle:
    """Return the style for a zoom: sparse points are large and solid, dense ones small and translucent.

    The style depends on the zoom, not on the visible points, so it stays the same while the plane is panned.

    Parameters
    ----------
    cloud, area, shape
        The points, the area of the picture, its height and width in device pixels.
    ratio
        Device pixels per logical pixel.
    size, opacity
        The user's factors.
    """
    device_pixel = abs((area.right - area.left) / shape[1] * (area.bottom - area.top) / shape[0])
    # Points per logical pixel, as an average point sees them.
    density = cloud.density * device_pixel * ratio**2
    # The fourth root keeps the covered share nearly constant over a few powers of ten of density.
    radius = float(np.clip(1.15 * max(density, 1e-9) ** -0.25, SMALLEST, LARGEST)) * size
    # Number of marks that overlap at an average point.
    depth = min(density * np.pi * radius**2, len(cloud))
    lone = 0.95 - 0.2 * depth / (depth + 2)
    in_view = min(len(cloud), cloud.density * device_pixel * shape[0] * shape[1])
    # The cost of discs: their number times the pixels of the square around each.
    crisp = in_view * (2 * half_side(radius * ratio)) ** 2 <= _CRISP_LIMIT
    return PointStyle(radius * ratio, crisp, opacity * lone, 3 + 2 * depth, opacity)


def half_side(radius: float) -> int:
    """Return half the side of the square around a disc, in pixels."""
    return int(np.ceil(radius + 0.5))


def soft_filter(radius: float) -> tuple[tuple[float, float], int]:
    """Return the outer and inner tap of the filter ``(outer, inner, outer)``, and the number of its passes.

    A mark gets the variance of a disc of that radius (radius²/4 along each axis), minus that of sharing it among four
    pixels (1/6 on average). The taps are scaled so that the centre of a mark has weight 1, averaged over its position
    between the pixels.
    """
    variance = max(radius**2 / 4 - 1 / 6, 0.15)
    # Variances of passes add up; with at most 0.5 each, the inner tap stays positive.
    passes = int(np.ceil(variance / 0.5))
    outer = variance / passes / 2
    profile = np.ones(1)
    for _ in range(passes):
        profile = np.convolve(profile, [outer, 1 - 2 * outer, outer])
    between = (profile[passes] + profile[passes + 1]) / 2
    peak = ((profile[passes] + between) / 2) ** (1 / passes)
    return (outer / peak, (1 - 2 * outer) / peak), passes

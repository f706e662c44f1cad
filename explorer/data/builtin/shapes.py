"""Squares, ellipses and hearts: a procedural data set with known position, scale and rotation.

It follows dSprites (Matthey, Higgins, Hassabis and Lerchner 2017), with continuous factors and smooth edges.
"""

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.assemble import assemble
from explorer.data.catalog import register
from explorer.data.context import LoadContext
from explorer.data.dataset import Column, Dataset

SHAPES = ("square", "ellipse", "heart")
_COUNT = 3000
_SIZE = 32
_SUPERSAMPLING = 4
"""Subpixels per side of a pixel, for smooth edges."""
_CHUNK = 250
_SEED = 0

Floats = NDArray[np.float32]


@register(
    "shapes",
    title="Shapes (32×32)",
    summary="3,000 squares, ellipses and hearts of 32×32 pixels, with known position, scale and rotation; no download.",
)
def load_shapes(config: DataConfig, context: LoadContext) -> Dataset:
    """Draw the shapes, the same pictures at every call. The labels are the shapes, the columns the factors."""
    rng = np.random.default_rng(_SEED)
    # Equally many of each, so that no class is rare in a split.
    shape = np.arange(_COUNT, dtype=np.int64) % len(SHAPES)
    x, y = rng.uniform(0.3, 0.7, (2, _COUNT))
    scale = rng.uniform(0.12, 0.25, _COUNT)
    rotation = rng.uniform(0.0, 360.0, _COUNT)
    pictures = np.empty((_COUNT, 1, _SIZE, _SIZE), dtype=np.uint8)
    for start in range(0, _COUNT, _CHUNK):
        context.report(start, _COUNT, "drawing shapes")
        part = slice(start, start + _CHUNK)
        pictures[part, 0] = draw_shapes(shape[part], x[part], y[part], scale[part], rotation[part])
    factors = {
        "shape": Column("shape", shape, SHAPES),
        "x": Column("x", x, unit="of the width, from the left"),
        "y": Column("y", y, unit="of the height, from the top"),
        "scale": Column("scale", scale, unit="of the width"),
        "rotation": Column("rotation", rotation, unit="degrees"),
    }
    return assemble(
        config,
        name="shapes",
        kind="image",
        samples=pictures,
        value_range=(0.0, 255.0),
        labels=shape,
        class_names=SHAPES,
        columns={name: column for name, column in factors.items() if name != "shape"},
        factors=factors,
    )


def draw_shapes(
    shape: NDArray[np.int64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    scale: NDArray[np.float64],
    rotation: NDArray[np.float64],
    size: int = _SIZE,
) -> NDArray[np.uint8]:
    """Draw pictures ``(n, size, size)``, white on black; each pixel's value is the share of it that the shape covers.

    Parameters
    ----------
    shape
        ``(n,)`` indices into `SHAPES`.
    x, y
        ``(n,)`` centres in [0, 1], from the left and from the top.
    scale
        ``(n,)`` half the height of the upright square, as a share of the picture's width.
    rotation
        ``(n,)`` counter-clockwise rotation in degrees.
    """
    # Draw on a finer grid and average its blocks, which makes the edges smooth.
    fine = size * _SUPERSAMPLING
    centres = ((np.arange(fine) + 0.5) / fine).astype(np.float32)
    dx = (centres - x[:, np.newaxis].astype(np.float32))[:, np.newaxis, :]  # (n, 1, fine)
    dy = (y[:, np.newaxis].astype(np.float32) - centres)[:, :, np.newaxis]  # (n, fine, 1), upwards
    angle = np.deg2rad(rotation).astype(np.float32)[:, np.newaxis, np.newaxis]
    unit = scale.astype(np.float32)[:, np.newaxis, np.newaxis]
    # Coordinates in the frame of the shape, turned back and scaled to 1.
    u = (np.cos(angle) * dx + np.sin(angle) * dy) / unit  # (n, fine, fine)
    v = (np.cos(angle) * dy - np.sin(angle) * dx) / unit
    covered = np.empty(u.shape, dtype=bool)
    for index, inside in enumerate((_in_square, _in_ellipse, _in_heart)):
        of_kind = shape == index
        covered[of_kind] = inside(u[of_kind], v[of_kind])
    blocks = covered.reshape(len(shape), size, _SUPERSAMPLING, size, _SUPERSAMPLING)
    share = blocks.sum(axis=(2, 4), dtype=np.float32) / _SUPERSAMPLING**2  # (n, size, size)
    pictures: NDArray[np.uint8] = np.rint(255 * share).astype(np.uint8)
    return pictures


def _in_square(u: Floats, v: Floats) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = np.maximum(np.abs(u), np.abs(v)) <= 1
    return inside


def _in_ellipse(u: Floats, v: Floats) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (u / 1.2) ** 2 + (v / 0.7) ** 2 <= 1
    return inside


def _in_heart(u: Floats, v: Floats) -> NDArray[np.bool_]:
    """Return where (u² + v² − 1)³ ≤ u² v³, the heart curve of degree six, shifted to the centre."""
    v = v + np.float32(0.1)
    ring = u * u + v * v - 1
    inside: NDArray[np.bool_] = ring * ring * ring <= u * u * v * v * v
    return inside

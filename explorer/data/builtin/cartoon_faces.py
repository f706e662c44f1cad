"""Cartoon faces: a procedural data set with known generative factors, drawn when it is loaded."""

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.assemble import assemble
from explorer.data.builtin.cartoon_drawing import HAIR_STYLES, draw_faces
from explorer.data.catalog import register
from explorer.data.context import LoadContext
from explorer.data.dataset import Column, Dataset

COUNT = 2400
SIZE = 64
_CHUNK = 60  # so few that their pixels fit in the processor's cache
_SEED = 0
_RANGES = {
    # name: lowest value, highest value, unit
    "face width": (0.0, 1.0, "of its range, narrow to wide"),
    "eye size": (0.0, 1.0, "of its range, small to large"),
    "eye spacing": (0.0, 1.0, "of its range, close to apart"),
    "gaze": (-1.0, 1.0, "left to right"),
    "brow angle": (-1.0, 1.0, "frowning to worried"),
    "mouth curve": (-1.0, 1.0, "sad to glad"),
    "mouth opening": (0.0, 1.0, "closed to open"),
    "skin tone": (0.0, 1.0, "of its range, light to dark"),
    "hair tone": (0.0, 1.0, "of its range, light to dark"),
}
_GREY = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as Pillow converts to grey


@register(
    "faces",
    title="Cartoon faces (64×64)",
    summary="2,400 drawn faces of 64×64 pixels in colour, with known hair, eyes, brows, mouth and tones; no download.",
)
def load_faces(config: DataConfig, context: LoadContext) -> Dataset:
    """Draw the faces, the same ones at every call. The labels are the hair styles, the columns the factors.

    ``picture_size`` sets their size in pixels, and ``picture_mode = grey`` draws them in grey.
    """
    values = _draw_factors(COUNT, np.random.default_rng(_SEED))
    size = config.picture_size or SIZE
    channels = 1 if config.picture_mode == "grey" else 3
    pictures = np.empty((COUNT, channels, size, size), np.uint8)
    for start in range(0, COUNT, _CHUNK):
        context.report(start, COUNT, "drawing faces")
        part = slice(start, start + _CHUNK)
        drawn = draw_faces({name: column[part] for name, column in values.items()}, size)
        pictures[part] = drawn if channels == 3 else _grey(drawn)
    style = values["hair style"].astype(np.int64)
    factors = {
        "hair style": Column("hair style", style, HAIR_STYLES),
        "glasses": Column("glasses", values["glasses"].astype(np.int64), ("no", "yes")),
        **{name: Column(name, values[name], unit=unit) for name, (_, _, unit) in _RANGES.items()},
    }
    return assemble(
        config,
        name="faces",
        kind="image",
        samples=pictures,
        value_range=(0.0, 255.0),
        labels=style,
        class_names=HAIR_STYLES,
        columns={name: column for name, column in factors.items() if name != "hair style"},
        factors=factors,
    )


def _draw_factors(count: int, rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
    """Draw independent factors, each uniform over its range; a quarter of the faces wear glasses."""
    values = {name: rng.uniform(low, high, count) for name, (low, high, _) in _RANGES.items()}
    values["hair style"] = np.arange(count, dtype=np.float64) % len(HAIR_STYLES)  # equally many of each class
    values["glasses"] = (rng.random(count) < 0.25).astype(np.float64)
    return values


def _grey(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Convert colour pictures ``(n, 3, H, W)`` to grey ``(n, 1, H, W)``."""
    grey: NDArray[np.uint8] = np.rint(np.einsum("nchw,c->nhw", pictures.astype(np.float32), _GREY)).astype(np.uint8)
    return grey[:, np.newaxis]
